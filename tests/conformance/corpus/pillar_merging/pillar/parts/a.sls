part: a
parts: [a]
