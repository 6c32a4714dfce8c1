; Jinja's blocks do not indent YAML; brackets inside of tags do.
[(arguments) (list) (dict) (parameters)] @indent
[")" "]" "}"] @outdent
