a: first
