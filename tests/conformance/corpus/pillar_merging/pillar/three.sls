scalar: three
three: {x: [a]}
