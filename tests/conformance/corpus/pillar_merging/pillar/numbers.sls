1: one
true: yes
null: none
1.5: half
nested: {2: two, '2': text}
