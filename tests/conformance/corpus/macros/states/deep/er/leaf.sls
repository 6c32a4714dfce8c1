{% from "./local.jinja" import where with context %}
names:
  test.nop:
    - tplfile: {{ tplfile }}
    - tpldir: {{ tpldir }}
    - slspath: "{{ slspath }}"
    - in: {{ where() }}
