plain_part: true
env: from plain
tree:
  right:
    value: included
