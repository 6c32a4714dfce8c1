stop:
  test.nop:
    - prereq: [{test: deploy}]
before: test.nop
deploy:
  test.nop:
    - require: [{test: before}]
after: test.nop
