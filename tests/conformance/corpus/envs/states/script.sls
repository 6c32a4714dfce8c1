#!/bin/sh
a: test.nop
