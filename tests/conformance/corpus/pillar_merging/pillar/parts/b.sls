part: b
parts: [b]
