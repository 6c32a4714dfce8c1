a:
  test.nop:
    - single: 'it''s'
    - double: "a\tb\u00e9\x41\
        joined"
    - folded: "one
        two

        three"
    - plain: one
        two
    - hash: a#b
    - colon: a:b
    - url: http://example.com:80/x
    - at: 'a @ b'
