base:
  '*': plain
