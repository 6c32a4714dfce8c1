{% load_yaml as repo %}
4.0: four
5: five
0.5: half
{% endload %}
floats:
  test.nop:
    - four: {{ repo[4.0] }}
    - same: {{ repo[4] }}
    - five: {{ repo[5.0] }}
    - half: {{ repo[0.5] }}
