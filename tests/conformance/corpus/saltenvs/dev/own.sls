{% from "shared.jinja" import where %}
include:
  - second
own {{ where }} {{ saltenv }}: test.nop
