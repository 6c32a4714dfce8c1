include: [exclude_id]
