own: {{ saltenv }}
