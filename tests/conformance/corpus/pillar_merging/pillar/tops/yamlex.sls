base:
  '*':
    - agg_one
    - agg_two
