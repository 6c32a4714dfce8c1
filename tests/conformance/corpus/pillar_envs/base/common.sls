from: base
map: {base: 1, both: base}
