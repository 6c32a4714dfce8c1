# SYNTAX TEST "source.sls" "states, requisites, Jinja in values"

{% set port = salt['pillar.get']('web:port', 80) %}
# <-- punctuation.section.embedded.begin.sls
#  ^^^ keyword.control.jinja.sls
#             ^^^^ support.variable.jinja.sls
#                                            ^^ constant.numeric.jinja.sls
nginx_pkg:
# <---- entity.name.tag.id.sls
  pkg.installed:
# ^^^^^^^^^^^^^ entity.name.function.sls
    - name: {{ nginx.package | upper }}
#     ^^^^ variable.other.property.sls
#           ^^ punctuation.section.embedded.begin.sls
#                              ^^^^^ support.function.filter.jinja.sls
    - require:
#     ^^^^^^^ keyword.other.requisite.sls
      - pkg: base # why
#                 ^^^^^ comment.line.number-sign.sls
    - enable: true
#             ^^^^ constant.language.boolean.sls
{# a comment #}
# <- comment.block.jinja.sls
