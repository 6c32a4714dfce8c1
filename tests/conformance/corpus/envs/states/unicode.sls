# käse 🧀
größe:
  test.nop:
    - text: "naïve ☃"
    - jinja: {{ 'é'|upper }}

