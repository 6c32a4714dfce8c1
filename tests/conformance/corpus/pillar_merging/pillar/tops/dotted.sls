base:
  '*':
    - a.b.c
    - a/b/d
