#!jinja
text {{ grains.os }}
