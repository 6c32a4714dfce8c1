include: [leaf, conflict_siblings_a, conflict_siblings_b]
