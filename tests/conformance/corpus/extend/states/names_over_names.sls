include: [base]
extend:
  web-packages:
    pkg:
      - names: [apache2, curl]
