#!/usr/bin/env salt-call
from path: test.nop
