flow: {test.nop: [{a: [1, 2, {b: c}]}, {d: {e: f, "g": 'h'}}, {empty: []}, {none: {}}]}
nested:
  test.nop:
    - list:
      - - a
        - b
      - [c, d]
    - map: {x: 1, y: {z: 2}}
