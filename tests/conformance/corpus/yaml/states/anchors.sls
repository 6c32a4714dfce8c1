{% raw %}
base_id:
  test.nop: &args
    - one: 1
other_id:
  test.nop: *args
merged:
  test.nop:
    - first: &x {a: 1, b: 2}
    - second:
        <<: *x
        b: 3
        c: 4
    - third:
        <<: [{k: 1}, {l: 2}]
{% endraw %}
