from_include: {{ given + 1 }}
