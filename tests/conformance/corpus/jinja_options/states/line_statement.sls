%% for n in [1, 2]
n{{ n }}: test.nop
%% endfor
