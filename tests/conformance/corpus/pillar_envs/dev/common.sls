from: dev
map: {dev: 1, both: dev}
