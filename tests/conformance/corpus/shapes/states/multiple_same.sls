a:
  pkg.installed: []
  pkg.removed: []
