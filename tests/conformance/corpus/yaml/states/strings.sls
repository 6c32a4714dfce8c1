block:
  test.nop:
    - literal: |
        one
          two

        three
    - folded: >
        one
        two

        three
          kept
        four
    - strip: |-
        no newline
    - keep: |+
        newlines

    - indent: |2
          four
    - plain: several words
        on two lines
    - single: 'it''s
        folded'
    - double: "a\tb\u00e9 \x41\
        joined"
    - colon: a:b
    - hash: a#b
    - comment: text # comment
