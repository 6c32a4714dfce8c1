ints:
  test.nop:
    - mode: 0644
    - quoted: '0644'
    - negative: -010
    - zeros: 00
    - eight: 08
    - octal: 0o644
    - binary: 0b11
    - hex: 0x1F
    - under: 1_000
    - plus: +1
    - big: 123456789012345678901234567890
    - sexa: 22:22
    - sexa3: 12:30:45
    - sexa_no: 08:30
floats:
  test.nop:
    - exp: 1e3
    - exp2: 1.5e3
    - exp3: 1.e+3
    - dot: .5
    - trail: 1.
    - version: 3.10
    - inf: .inf
    - neg: -.INF
words:
  test.nop:
    - yes1: yes
    - no1: No
    - on1: ON
    - off1: off
    - t: true
    - f: FALSE
    - y: y
    - n: n
    - tilde: ~
    - nul: null
    - empty:
    - date: 2020-01-01
    - time: 2001-12-14t21:59:43.10-05:00
    - equals: "="
