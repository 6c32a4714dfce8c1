; Jinja in SLS files; the text between is YAML's (injections.scm).
(comment) @comment

["{{" "{{-" "{{+" "}}" "-}}" "+}}" "{%" "%}" "-%}" "+%}"] @punctuation.special

["if" "elif" "else" "endif"] @keyword.control.conditional
["for" "endfor" "recursive"] @keyword.control.repeat
["import" "from" "include" "extends" "as" "import_yaml" "import_json" "import_text" "ignore" "missing"] @keyword.control.import
(context) @keyword.control.import
["macro" "endmacro" "call" "endcall"] @keyword.function
[
  "set" "endset" "filter" "endfilter" "block" "endblock" "scoped" "required" "with" "endwith" "autoescape"
  "endautoescape" "raw" "endraw" "load_yaml" "load_json" "load_text" "endload" "profile" "endprofile" "do"
  "break" "continue"
] @keyword
["and" "or" "not" "is" "in"] @keyword.operator

["+" "-" "~" "*" "/" "//" "%" "**" "==" "!=" "<" "<=" ">" ">=" "=" "|"] @operator
["(" ")" "[" "]" "{" "}"] @punctuation.bracket
["," ":" "."] @punctuation.delimiter

(identifier) @variable
((identifier) @variable.builtin
  (#any-of? @variable.builtin
    "salt" "grains" "pillar" "opts" "saltenv" "sls" "slspath" "slsdotpath" "slscolonpath" "sls_path" "tpldir"
    "tplfile" "tpldot" "tplpath" "proxy" "loop" "caller" "varargs" "kwargs" "data" "tag"))

(string) @string
(integer) @constant.numeric.integer
(float) @constant.numeric.float
(boolean) @constant.builtin.boolean
(none) @constant.builtin

(attribute attribute: (identifier) @variable.other.member)
(namespace_attribute attribute: (identifier) @variable.other.member)
(call function: (identifier) @function)
(call function: (attribute attribute: (identifier) @function.method))
(macro_statement name: (identifier) @function)
(parameter name: (identifier) @variable.parameter)
(keyword_argument name: (identifier) @variable.parameter)
(filter name: (identifier) @function)
(test name: (identifier) @function)

; salt['module.function']
((subscript object: (identifier) @variable.builtin (string) @function)
  (#eq? @variable.builtin "salt"))
