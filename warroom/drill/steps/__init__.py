"""Attacks and ordinary streams that a scenario tells in YAML: phases of lines whose fields are expressions.

`values` are the expressions, `pools` the people and machines they choose from, `script` what a scenario file says,
`acting` turns a script into lines, `naming` says whom a line is really about.
"""
