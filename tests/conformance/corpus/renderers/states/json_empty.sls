#!json
