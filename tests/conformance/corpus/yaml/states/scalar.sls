just a text
