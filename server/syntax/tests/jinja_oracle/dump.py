"""Parses templates with the real jinja2 and Salt's extensions and prints what they are.

Reads a JSON list of [source, options] from standard input and writes a JSON list of either
{"error": message} or {"tree": s-expression}.
"""

import json
import re
import struct
import sys
import warnings

import jinja2
import jinja2.ext
from jinja2 import nodes
from salt.utils.jinja import SerializerExtension

warnings.simplefilter("ignore")
sys.setrecursionlimit(20000)


def quote(text):
    return json.dumps(re.sub("[\ud800-\udfff]", "\ufffd", text), ensure_ascii=False)


def plain(name):
    """The macro that Salt's load tags make has a name with a number in it."""
    return "LOADED" if name.startswith("_fi") else name


def args(node):
    out = [expr(a) for a in node.args]
    out += ["(kw %s %s)" % (k.key, expr(k.value)) for k in node.kwargs]
    if node.dyn_args is not None:
        out.append("(star %s)" % expr(node.dyn_args))
    if node.dyn_kwargs is not None:
        out.append("(starstar %s)" % expr(node.dyn_kwargs))
    return "".join(" " + a for a in out)


def number(value):
    if isinstance(value, float):
        return "(float %s)" % struct.pack(">d", value).hex()
    return "(int %d)" % value


BINARY = {
    nodes.Add: "add", nodes.Sub: "sub", nodes.Mul: "mul", nodes.Div: "div", nodes.FloorDiv: "floordiv",
    nodes.Mod: "mod", nodes.Pow: "pow", nodes.And: "and", nodes.Or: "or",
}
UNARY = {nodes.Not: "not", nodes.Neg: "neg", nodes.Pos: "pos"}


def expr(node):
    kind = type(node)
    if node is None:
        return "_"
    if kind is nodes.Name:
        return "(name %s)" % plain(node.name)
    if kind is nodes.NSRef:
        return "(nsref %s %s)" % (node.name, node.attr)
    if kind is nodes.Const:
        if node.value is None or isinstance(node.value, bool):
            return str(node.value).lower()
        if isinstance(node.value, str):
            return "(str %s)" % quote(node.value)
        return number(node.value)
    if kind is nodes.Tuple:
        return "(tuple%s)" % "".join(" " + expr(i) for i in node.items)
    if kind is nodes.List:
        return "(list%s)" % "".join(" " + expr(i) for i in node.items)
    if kind is nodes.Dict:
        return "(dict%s)" % "".join(" %s %s" % (expr(p.key), expr(p.value)) for p in node.items)
    if kind in BINARY:
        return "(%s %s %s)" % (BINARY[kind], expr(node.left), expr(node.right))
    if kind in UNARY:
        return "(%s %s)" % (UNARY[kind], expr(node.node))
    if kind is nodes.Concat:
        return "(concat%s)" % "".join(" " + expr(i) for i in node.nodes)
    if kind is nodes.Compare:
        return "(compare %s%s)" % (expr(node.expr), "".join(" %s %s" % (o.op, expr(o.expr)) for o in node.ops))
    if kind is nodes.CondExpr:
        return "(cond %s %s %s)" % (expr(node.test), expr(node.expr1), expr(node.expr2))
    if kind is nodes.Getattr:
        return "(attr %s %s)" % (expr(node.node), node.attr)
    if kind is nodes.Getitem:
        return "(item %s %s)" % (expr(node.node), expr(node.arg))
    if kind is nodes.Slice:
        return "(slice %s %s %s)" % (expr(node.start), expr(node.stop), expr(node.step))
    if kind is nodes.Call:
        return "(call %s%s)" % (expr(node.node), args(node))
    if kind is nodes.Filter:
        return "(filter %s %s%s)" % (node.name, expr(node.node), args(node))
    if kind is nodes.Test:
        return "(test %s %s%s)" % (node.name, expr(node.node), args(node))
    raise TypeError(kind)


def body(items):
    parts = [statement(i) for i in items if not is_salts(i)]
    return "[%s]" % " ".join(p for p in parts if p)


def is_salts(node):
    """Salt's profiling around imports and profile blocks."""
    if isinstance(node, nodes.Assign) and isinstance(node.target, nodes.Name):
        return node.target.name.startswith("_salt_profile_")
    return isinstance(node, nodes.ExprStmt) and isinstance(node.node, nodes.Call) and isinstance(
        node.node.node, nodes.ExtensionAttribute)


def flag(value):
    return "yes" if value else "no"


def statement(node):
    kind = type(node)
    if kind is nodes.Output:
        return " ".join(
            "(data %s)" % quote(n.data) if isinstance(n, nodes.TemplateData) else "(out %s)" % expr(n)
            for n in node.nodes)
    if kind is nodes.Assign:
        return "(set %s %s)" % (expr(node.target), expr(node.node))
    if kind is nodes.AssignBlock:
        return "(setblock %s %s %s)" % (expr(node.target), expr(node.filter), body(node.body))
    if kind is nodes.If:
        out = "(if %s %s" % (expr(node.test), body(node.body))
        for arm in node.elif_:
            out += " %s %s" % (expr(arm.test), body(arm.body))
        return out + (" _ %s)" % body(node.else_))
    if kind is nodes.For:
        return "(for %s %s %s %s %s %s)" % (
            expr(node.target), expr(node.iter), expr(node.test), flag(node.recursive), body(node.body),
            body(node.else_))
    if kind is nodes.Macro:
        return "(macro %s %s %s)" % (plain(node.name), params(node), body(node.body))
    if kind is nodes.CallBlock:
        return "(callblock %s %s %s)" % (params(node), expr(node.call), body(node.body))
    if kind is nodes.FilterBlock:
        return "(filterblock %s %s)" % (expr(node.filter), body(node.body))
    if kind is nodes.Block:
        return "(block %s %s %s %s)" % (node.name, flag(node.scoped), flag(node.required), body(node.body))
    if kind is nodes.Extends:
        return "(extends %s)" % expr(node.template)
    if kind is nodes.Include:
        return "(include %s %s %s)" % (expr(node.template), flag(node.ignore_missing), flag(node.with_context))
    if kind is nodes.Import:
        return "(import %s %s %s)" % (expr(node.template), node.target, flag(node.with_context))
    if kind is nodes.FromImport:
        names = " ".join("%s %s" % (n if isinstance(n, tuple) else (n, "_")) for n in node.names)
        return "(from %s (%s) %s)" % (expr(node.template), names, flag(node.with_context))
    if kind is nodes.With:
        pairs = "".join(" %s %s" % (expr(t), expr(v)) for t, v in zip(node.targets, node.values))
        return "(with%s %s)" % (pairs, body(node.body))
    if kind is nodes.Scope:
        inner = node.body[0]
        return "(autoescape %s %s)" % (expr(inner.options[0].value), body(inner.body))
    if kind is nodes.ExprStmt:
        return "(do %s)" % expr(node.node)
    if kind is nodes.Break:
        return "(break)"
    if kind is nodes.Continue:
        return "(continue)"
    raise TypeError(kind)


def params(node):
    missing = len(node.args) - len(node.defaults)
    out = []
    for n, arg in enumerate(node.args):
        out.append("%s %s" % (arg.name, expr(node.defaults[n - missing]) if n >= missing else "_"))
    return "(%s)" % " ".join(out)


def parse(source, options):
    env = jinja2.Environment(
        extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols", SerializerExtension],
        undefined=jinja2.StrictUndefined, **options)
    try:
        return {"tree": body(env.parse(source).body)}
    except jinja2.TemplateSyntaxError as error:
        return {"error": error.message}
    except (RecursionError, ValueError, SyntaxError) as error:
        return {"error": str(error), "other": True}


print(json.dumps([parse(source, options) for source, options in json.load(sys.stdin)]))
