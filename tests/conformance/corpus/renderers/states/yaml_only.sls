#!yaml
literal:
  test.nop:
    - text: "{{ grains.os }}"
    - tag: '{% if %}'
