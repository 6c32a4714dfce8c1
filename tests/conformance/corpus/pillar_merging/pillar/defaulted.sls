colour: {{ colour }}
size: {{ size }}
