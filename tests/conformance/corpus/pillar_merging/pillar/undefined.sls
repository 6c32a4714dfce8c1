a: {{ grains.nothing }}
