include:
  - base: com*
mine glob: test.nop
