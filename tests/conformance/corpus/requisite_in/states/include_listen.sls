include: [targets]
source:
  test.nop:
    - listen_in: [{test: first}]
    - onfail_any: [{test: first}]
    - use_in: [{test: first}, {test: second}]
    - comment: lent
