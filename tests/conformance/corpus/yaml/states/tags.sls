tagged:
  test.nop:
    - str: !!str 123
    - int: !!int "42"
    - float: !!float "1"
    - bool: !!bool "yes"
    - null1: !!null ""
    - bin: !!binary aGVsbG8
