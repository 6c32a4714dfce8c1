/**
 * Salt's SLS files and Jinja templates: Jinja's structure with real expressions; what stands between
 * the tags is `content`, injected as YAML (queries/injections.scm). The rules follow
 * jinja2/parser.py and the tags of salt/utils/jinja.py (SerializerExtension).
 */

// Binding strengths as in jinja2's recursive descent, weakest first.
const PREC = { conditional: 1, or: 2, and: 3, not: 4, compare: 5, add: 6, concat: 7, multiply: 8, unary: 9, power: 10, filter: 11, test: 11, postfix: 12, primary: 13 };

const commaSep1 = (rule) => seq(rule, repeat(seq(',', rule)));
// A list that may end with a comma.
const commaList = (rule) => seq(commaSep1(rule), optional(','));
const commas = (rule) => optional(commaList(rule));

module.exports = grammar({
  name: 'sls',

  externals: ($) => [
    $.content, // text up to the next tag
    $._raw_content, // text up to `{% endraw %}`
    $._python, // a whole `#!py` file
    $._plain, // a whole file whose renderers do not include Jinja
    $.comment, // `{# … #}`
    $._opening, // `{%` of a tag that starts something
    $._closing, // `{%` before `elif`, `else` and `end…`: one token more of look-ahead than LR(1) has
  ],

  // Python's idea of white space, which Jinja's lexer has: no-break spaces too.
  extras: () => [/[\s\u001c-\u001f\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/],

  word: ($) => $.identifier,

  inline: ($) => [$._node],

  rules: {
    source_file: ($) => choice(alias($._python, $.python), alias($._plain, $.content), repeat($._node)),

    _node: ($) => choice($.content, $.comment, $.output, $._statement),

    output: ($) => seq($._output_start, $._tuple_or_expression, $._output_end),

    _output_start: () => choice('{{', '{{-', '{{+'),
    _output_end: () => choice('}}', '-}}', '+}}'),
    _tag_start: ($) => alias($._opening, '{%'),
    _tag_close: ($) => alias($._closing, '{%'),
    _tag_end: () => choice('%}', '-%}', '+%}'),

    _statement: ($) =>
      choice(
        $.if_statement,
        $.for_statement,
        $.macro_statement,
        $.call_statement,
        $.filter_statement,
        $.set_statement,
        $.set_block,
        $.block_statement,
        $.with_statement,
        $.autoescape_statement,
        $.raw_statement,
        $.load_statement,
        $.profile_statement,
        $.extends_statement,
        $.include_statement,
        $.import_statement,
        $.from_statement,
        $.import_data_statement,
        $.do_statement,
        $.break_statement,
        $.continue_statement,
      ),

    // Blocks

    if_statement: ($) =>
      seq(
        $._tag_start, 'if', field('condition', $._tuple_or_expression), $._tag_end,
        repeat($._node),
        repeat($.elif_clause),
        optional($.else_clause),
        $._tag_close, 'endif', $._tag_end,
      ),

    elif_clause: ($) =>
      seq($._tag_close, 'elif', field('condition', $._tuple_or_expression), $._tag_end, repeat($._node)),

    else_clause: ($) => seq($._tag_close, 'else', $._tag_end, repeat($._node)),

    for_statement: ($) =>
      seq(
        $._tag_start, 'for', field('target', $._target_list), 'in', field('iterable', $._loop_source),
        optional(seq('if', field('filter', $._expression))), optional('recursive'), $._tag_end,
        repeat($._node),
        optional($.else_clause),
        $._tag_close, 'endfor', $._tag_end,
      ),

    // `for x in a if b`: the `if` belongs to the loop (parse_tuple with_condexpr=False).
    _loop_source: ($) => choice($._unconditional, alias($._loop_tuple, $.tuple)),
    _loop_tuple: ($) => seq($._unconditional, ',', commas($._unconditional)),

    macro_statement: ($) =>
      seq(
        $._tag_start, 'macro', field('name', $.identifier), field('parameters', $.parameters), $._tag_end,
        repeat($._node),
        $._tag_close, 'endmacro', optional($.identifier), $._tag_end,
      ),

    parameters: ($) => prec(1, seq('(', commas($.parameter), ')')),
    parameter: ($) => prec(1, seq(field('name', $.identifier), optional(seq('=', field('default', $._expression))))),

    call_statement: ($) =>
      seq(
        $._tag_start, 'call', optional(field('parameters', $.parameters)), field('call', $._expression), $._tag_end,
        repeat($._node),
        $._tag_close, 'endcall', optional($.identifier), $._tag_end,
      ),

    filter_statement: ($) =>
      seq(
        $._tag_start, 'filter', $._filter_chain, $._tag_end,
        repeat($._node),
        $._tag_close, 'endfilter', $._tag_end,
      ),

    set_statement: ($) =>
      seq($._tag_start, 'set', field('target', $._target_list), '=', field('value', $._tuple_or_expression), $._tag_end),

    set_block: ($) =>
      seq(
        $._tag_start, 'set', field('target', $._target_list), optional(seq('|', $._filter_chain)), $._tag_end,
        repeat($._node),
        $._tag_close, 'endset', $._tag_end,
      ),

    block_statement: ($) =>
      seq(
        $._tag_start, 'block', field('name', $.identifier), optional('scoped'), optional('required'), $._tag_end,
        repeat($._node),
        $._tag_close, 'endblock', optional($.identifier), $._tag_end,
      ),

    with_statement: ($) =>
      seq(
        $._tag_start, 'with', optional(commaSep1($.assignment)), $._tag_end,
        repeat($._node),
        $._tag_close, 'endwith', $._tag_end,
      ),

    assignment: ($) => seq(field('target', $._target), '=', field('value', $._expression)),

    autoescape_statement: ($) =>
      seq($._tag_start, 'autoescape', $._expression, $._tag_end, repeat($._node), $._tag_close, 'endautoescape', $._tag_end),

    raw_statement: ($) =>
      seq($._tag_start, 'raw', $._tag_end, optional(alias($._raw_content, $.content)), $._tag_close, 'endraw', $._tag_end),

    // Salt's own blocks: {% load_yaml as x %} … {% endload %}
    load_statement: ($) =>
      seq(
        $._tag_start, choice('load_yaml', 'load_json', 'load_text'), 'as', field('name', $.identifier), $._tag_end,
        repeat($._node),
        $._tag_close, 'endload', $._tag_end,
      ),

    profile_statement: ($) =>
      seq(
        $._tag_start, 'profile', optional(seq('as', field('name', choice($.identifier, $.string)))), $._tag_end,
        repeat($._node),
        $._tag_close, 'endprofile', $._tag_end,
      ),

    // Single tags

    extends_statement: ($) => seq($._tag_start, 'extends', field('template', $._expression), $._tag_end),

    include_statement: ($) =>
      seq($._tag_start, 'include', field('template', $._expression), optional(seq('ignore', 'missing')), optional($.context), $._tag_end),

    import_statement: ($) =>
      seq($._tag_start, 'import', field('template', $._expression), 'as', field('name', $.identifier), optional($.context), $._tag_end),

    from_statement: ($) =>
      seq(
        $._tag_start, 'from', field('template', $._expression), 'import', commaList($.imported_name),
        optional($.context), $._tag_end,
      ),

    imported_name: ($) => prec.right(seq(field('name', $.identifier), optional(seq('as', field('alias', $.identifier))))),

    import_data_statement: ($) =>
      seq(
        $._tag_start, choice('import_yaml', 'import_json', 'import_text'), field('template', $._expression),
        'as', field('name', $.identifier), optional($.context), $._tag_end,
      ),

    context: () => seq(choice('with', 'without'), 'context'),

    do_statement: ($) => seq($._tag_start, 'do', $._tuple_or_expression, $._tag_end),
    break_statement: ($) => seq($._tag_start, 'break', $._tag_end),
    continue_statement: ($) => seq($._tag_start, 'continue', $._tag_end),

    // Targets of `set`, `for`, `with`

    _target_list: ($) => choice($._target, alias($._target_tuple, $.tuple)),
    _target_tuple: ($) => seq($._target, ',', commas($._target)),
    _target: ($) => choice($.identifier, $.namespace_attribute, alias($._nested_target, $.tuple)),
    _nested_target: ($) => seq('(', commaList($._target), ')'),
    namespace_attribute: ($) => prec(PREC.primary, seq(field('object', $.identifier), '.', field('attribute', $.identifier))),

    // Expressions

    _tuple_or_expression: ($) => choice($._expression, alias($._bare_tuple, $.tuple)),
    _bare_tuple: ($) => prec.left(seq($._expression, ',', commas($._expression))),

    _expression: ($) => choice($.conditional, $._unconditional),

    conditional: ($) =>
      prec.right(
        PREC.conditional,
        seq(field('value', $._expression), 'if', field('condition', $._unconditional), optional(seq('else', field('otherwise', $._expression)))),
      ),

    _unconditional: ($) =>
      choice($.binary, $.unary, $.compare, $.filtered, $.test, $._postfix),

    binary: ($) => {
      const left = [
        ['or', PREC.or], ['and', PREC.and], ['+', PREC.add], ['-', PREC.add], ['~', PREC.concat],
        ['*', PREC.multiply], ['/', PREC.multiply], ['//', PREC.multiply], ['%', PREC.multiply], ['**', PREC.power],
      ];
      return choice(...left.map(([sign, strength]) =>
        prec.left(strength, seq(field('left', $._unconditional), field('operator', sign), field('right', $._unconditional)))));
    },

    compare: ($) =>
      prec.left(
        PREC.compare,
        seq(
          field('left', $._unconditional),
          field('operator', choice('==', '!=', '<', '<=', '>', '>=', 'in', seq('not', 'in'))),
          field('right', $._unconditional),
        ),
      ),

    unary: ($) =>
      choice(
        prec(PREC.not, seq(field('operator', 'not'), $._unconditional)),
        prec(PREC.unary, seq(field('operator', choice('-', '+')), $._unconditional)),
      ),

    filtered: ($) => prec.left(PREC.filter, seq(field('value', $._unconditional), '|', $.filter)),

    _filter_chain: ($) => seq($.filter, repeat(seq('|', $.filter))),
    filter: ($) => prec.right(PREC.filter, seq(field('name', $._dotted), optional(field('arguments', $.arguments)))),
    _dotted: ($) => prec.right(PREC.postfix, seq($.identifier, repeat(seq('.', $.identifier)))),

    // `is [not] name`, with arguments in brackets or one bare primary behind it.
    test: ($) =>
      prec.right(
        PREC.test,
        seq(
          field('value', $._unconditional), 'is', optional('not'), field('name', $._test_name),
          optional(choice(field('arguments', $.arguments), field('argument', $._test_argument))),
        ),
      ),
    _test_name: ($) => choice($._dotted, alias('in', $.identifier), alias('filter', $.identifier), $.none, $.boolean),
    // A bare argument never starts with a bracket: that would be the argument list.
    _test_argument: ($) =>
      choice(
        $.identifier, $.boolean, $.none, $.string, $.integer, $.float, $.list, $.dict,
        alias($._test_attribute, $.attribute), alias($._test_subscript, $.subscript), alias($._test_call, $.call),
      ),
    _test_attribute: ($) => prec.left(PREC.postfix, seq(field('object', $._test_argument), '.', field('attribute', choice($.identifier, $.integer)))),
    _test_subscript: ($) => prec.left(PREC.postfix, seq(field('object', $._test_argument), '[', commas(choice($._expression, $.slice)), ']')),
    _test_call: ($) => prec.left(PREC.postfix, seq(field('function', $._test_argument), field('arguments', $.arguments))),

    _postfix: ($) => choice($.attribute, $.subscript, $.call, $._primary),

    attribute: ($) =>
      prec.left(PREC.postfix, seq(field('object', $._unconditional), '.', field('attribute', choice($.identifier, $.integer)))),

    subscript: ($) =>
      prec.left(PREC.postfix, seq(field('object', $._unconditional), '[', commas(choice($._expression, $.slice)), ']')),

    slice: ($) =>
      prec.right(seq(optional($._expression), ':', optional($._expression), optional(seq(':', optional($._expression))))),

    call: ($) => prec.left(PREC.postfix, seq(field('function', $._unconditional), field('arguments', $.arguments))),

    arguments: ($) => prec(PREC.primary + 1, seq('(', commas(choice($._expression, $.keyword_argument, $.splat)), ')')),
    keyword_argument: ($) => seq(field('name', $.identifier), '=', field('value', $._expression)),
    splat: ($) => seq(choice('*', '**'), $._expression),

    _primary: ($) =>
      choice($.identifier, $.boolean, $.none, $.string, $.integer, $.float, $.list, $.dict, $._parenthesised),

    _parenthesised: ($) => choice(seq('(', $._expression, ')'), alias($._bracketed_tuple, $.tuple)),
    _bracketed_tuple: ($) => seq('(', optional(seq($._expression, ',', commas($._expression))), ')'),

    list: ($) => seq('[', commas($._expression), ']'),
    dict: ($) => seq('{', commas($.pair), '}'),
    pair: ($) => seq(field('key', $._expression), ':', field('value', $._expression)),

    // Adjacent strings are one.
    string: ($) => prec.right(repeat1($._quoted)),
    _quoted: () => token(choice(/'(?:[^'\\]|\\(?:.|\n))*'/, /"(?:[^"\\]|\\(?:.|\n))*"/)),

    integer: () => token(choice(/[1-9](?:_?[0-9])*/, /0(?:_?0)*/, /0[bB](?:_?[01])+/, /0[oO](?:_?[0-7])+/, /0[xX](?:_?[0-9a-fA-F])+/)),
    float: () => token(prec(1, choice(
      /[0-9](?:_?[0-9])*\.[0-9](?:_?[0-9])*(?:[eE][+-]?[0-9](?:_?[0-9])*)?/,
      /[0-9](?:_?[0-9])*[eE][+-]?[0-9](?:_?[0-9])*/,
    ))),
    boolean: () => choice('true', 'false', 'True', 'False'),
    none: () => choice('none', 'None'),
    identifier: () => /[\p{XID_Start}_][\p{XID_Continue}]*/,
  },
});
