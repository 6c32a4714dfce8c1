include:
  - .short
  - requisites
extend:
  short:
    test:
      - name: other
      - require:
        - test: a
  several:
    pkg:
      - version: 1.0
