include: [circle_sls_b]
a: {test.nop: [{require: [{sls: circle_sls_b}]}]}
