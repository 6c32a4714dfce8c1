tree:
  left:
    value: 2
family: {{ grains['os_family'] }}
