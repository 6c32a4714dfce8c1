c: {{ sls }}
