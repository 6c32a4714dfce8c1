a: no_function
