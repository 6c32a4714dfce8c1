ssl:
  pkg.installed
