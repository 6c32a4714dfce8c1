dev plain: test.nop
