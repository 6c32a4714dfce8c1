{% import 'shared.jinja' as one %}
{% do one.settings.update({'touched': true}) %}
{% import 'shared.jinja' as two %}
shared_{{ two.settings.get('touched', false) }}: test.nop
