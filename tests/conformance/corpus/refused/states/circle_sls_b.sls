include: [circle_sls]
b: {test.nop: [{require: [{test: a}]}]}
