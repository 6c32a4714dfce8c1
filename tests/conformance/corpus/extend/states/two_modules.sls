include: [base]
extend:
  both:
    pkg:
      - version: '1.0'
    file:
      - name: /tmp/other
