{% extends "base.jinja" %}
{% block body %}b {{ grains.nope }}: test.nop{% endblock %}
