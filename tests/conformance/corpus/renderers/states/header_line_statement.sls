#jinja2: {"line_statement_prefix": "%"}
% if grains.os == 'Debian'
debian: test.nop
% endif
