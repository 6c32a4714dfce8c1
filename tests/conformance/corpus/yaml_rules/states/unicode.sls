дом ☃:
  test.nop:
    - é: "ü"
