include: [base]
extend:
  web-packages:
    pkg:
      - name: apache2
