; All text between Jinja's tags is one YAML document.
((content) @injection.content
  (#set! injection.language "yaml")
  (#set! injection.combined))

((python) @injection.content
  (#set! injection.language "python"))
