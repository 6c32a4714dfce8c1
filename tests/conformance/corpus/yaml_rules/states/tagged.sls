a:
  test.nop:
    - v: [!!str 1, !!int '2', !!float 3, !!bool 'yes', !!null '']
    - w: !!set {a, b}
    - x: !!omap [a: 1, b: 2]
    - y: !!pairs [a: 1, a: 2]
    - z: !!seq [1]
    - m: !!map {a: 1}
