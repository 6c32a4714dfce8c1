#!jinja|yamlex
roles: !aggregate [web]
users: !aggregate
  alice: {uid: 1}
