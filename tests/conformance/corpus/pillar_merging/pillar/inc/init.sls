include:
  - one
  - .sub
  - parts.*
  - two:
      key: under:two
  - defaulted:
      defaults:
        colour: red
        size: 3
scalar: including
list: [9]
