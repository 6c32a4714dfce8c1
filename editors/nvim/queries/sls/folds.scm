[
  (if_statement) (for_statement) (macro_statement) (call_statement) (filter_statement) (set_block) (block_statement)
  (with_statement) (raw_statement) (load_statement) (profile_statement) (comment)
] @fold
