a: second
