#!jinja|yamlex
roles: !aggregate [db]
users: !aggregate
  bob: {uid: 2}
