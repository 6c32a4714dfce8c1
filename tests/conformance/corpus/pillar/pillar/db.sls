db: never
