b: second
