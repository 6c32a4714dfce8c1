a:
  test.nop:
    - literal: |
        one
          two

        three
    - stripped: |-
        one
    - kept: |+
        one

    - folded: >
        one
        two

        three
          four
    - indented: |2
          one
    - empty: |
