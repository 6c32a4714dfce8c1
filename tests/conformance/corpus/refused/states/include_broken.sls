include: [broken_yaml, broken_jinja]
z: test.nop
