level: three
levels: {three: 3}
