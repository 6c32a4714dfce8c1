d: {{ sls }}
