%YAML 1.2
---
a:
  test.nop:
    - v: [yes, 0o17, 010]
