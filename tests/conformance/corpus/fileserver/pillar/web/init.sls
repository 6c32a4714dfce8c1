# Also pillar SLS see the state tree.
files: {{ salt['cp.list_master']()|tojson }}
there: {{ salt['slsutil.file_exists']('packages.sls') }}
states: {{ salt['cp.list_states']()|tojson }}
