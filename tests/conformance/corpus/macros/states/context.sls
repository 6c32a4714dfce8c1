names:
  test.nop:
    - tplfile: {{ tplfile }}
    - tpldir: {{ tpldir }}
    - tpldot: "{{ tpldot }}"
    - sls: {{ sls }}
    - slspath: "{{ slspath }}"
    - slsdotpath: "{{ slsdotpath }}"
    - slscolonpath: "{{ slscolonpath }}"
    - sls_path: "{{ sls_path }}"
    - saltenv: {{ saltenv }}
    - id: {{ opts.id }}
