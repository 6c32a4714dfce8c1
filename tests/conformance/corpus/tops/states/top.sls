base:
  '*':
    - m.all
  'web?.example.com':
    - match: glob
    - m.glob_question
  'web*':
    - match: glob
    - m.glob
  'web[12].*':
    - match: glob
    - m.glob_range
  'db[!9]*':
    - match: glob
    - m.glob_not
  'web\d\.example\.com':
    - match: pcre
    - m.pcre
  'example':
    - match: pcre
    - m.pcre_anchored
  'web1.example.com,db1.example.com':
    - match: list
    - m.list
  'roles:web':
    - match: grain
    - m.grain
  'os:Deb*':
    - match: grain
    - m.grain_glob
  'disks:sda:size:10':
    - match: grain
    - m.grain_nested
  'os:(Debian|Ubuntu)':
    - match: grain_pcre
    - m.grain_pcre
  'tier:front*':
    - match: pillar
    - m.pillar_key
  'tier:fr.*d':
    - match: pillar_pcre
    - m.pillar_pcre
  'tier:front*d':
    - match: pillar_exact
    - m.pillar_exact
  'tier:frontend':
    - match: pillar_exact
    - m.pillar_key
  'fronts':
    - match: nodegroup
    - m.nodegroup
  'words':
    - match: nodegroup
    - m.nodegroup_words
  'listed':
    - match: nodegroup
    - m.nodegroup_list
  'nested':
    - match: nodegroup
    - m.nodegroup_nested
  '10.0.0.0/24':
    - match: ipcidr
    - m.ipcidr
  '2001:db8::/32':
    - match: ipcidr
    - m.ipcidr6
  '10.0.0.5':
    - match: ipcidr
    - m.ip
  'web* and G@os:Debian':
    - m.compound_and
  'mail* or web*':
    - m.compound_or
  'not db*':
    - m.compound_not
  '( web* or db* ) and not ( G@virtual:False or mail* )':
    - m.compound_parens
  'G@roles:cache':
    - m.compound_g
  'P@os:(Debian|SUSE)':
    - match: compound
    - m.compound_p
  'E@(web|db)\d.example.com':
    - m.compound_e
  'L@web1.example.com,web2.example.com and G@kernel:Linux':
    - m.compound_l
  'I@tier:frontend':
    - m.compound_i
  'J@tier:.*end':
    - m.compound_j
  'S@10.0.0.0/8':
    - m.compound_s
  'N@fronts and not N@words':
    - m.compound_n
  'G|@disks|sda|size|10 and I+@paths+root+/srv':
    - m.compound_delimiter
  'web1.example.com':
    - m.compound_default
  'and web*':
    - m.compound_broken
  'not not web*':
    - m.compound_double_not
