deploy:
  salt.state:
    - tgt: 'web*'
    - sls: [ok]
  test.nop:
    - require: [{salt: before}]
before:
  salt.function:
    - name: test.ping
    - tgt: '*'
