sub: {{ sls }}
