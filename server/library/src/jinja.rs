//! Names of the Jinja environment in Salt's templates: filters, tests, globals, tags, of Jinja2 and of
//! Salt (`salt/utils/jinja.py` and the functions registered by `salt.utils.decorators.jinja`).
//! Knows nothing of how they evaluate.

/// A filter, test, global or tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Callable {
    /// Its name.
    pub name: &'static str,
    /// Its arguments as Python text, without the value that a filter or test is applied to; for a
    /// tag what follows it.
    pub args: &'static str,
    /// Whether it is Salt's; else it is Jinja2's own.
    pub salt: bool,
}

impl Callable {
    /// `value | replace(old, new)`, `value is divisibleby(num)` or the like, without the value.
    #[must_use]
    pub fn signature(&self) -> String {
        if self.args.is_empty() { self.name.to_owned() } else { format!("{}({})", self.name, self.args) }
    }
}

const fn j(name: &'static str, args: &'static str) -> Callable {
    Callable { name, args, salt: false }
}

const fn s(name: &'static str, args: &'static str) -> Callable {
    Callable { name, args, salt: true }
}

/// Filters, sorted by name. Where Salt replaces one of Jinja2's, it is listed once.
#[must_use]
#[allow(clippy::too_many_lines, reason = "a table")]
pub fn filters() -> &'static [Callable] {
    const LIST: &[Callable] = &[
        j("abs", ""),
        s("append_dict_key_value", "keys, value, delimiter=':', ordered_dict=False"),
        j("attr", "name"),
        s("avg", ""),
        s("base64_decode", ""),
        s("base64_encode", ""),
        j("batch", "linecount, fill_with=None"),
        j("capitalize", ""),
        j("center", "width=80"),
        s("check_whitelist_blacklist", "whitelist=None, blacklist=None"),
        s("combinations", "r"),
        s("combinations_with_replacement", "r"),
        s("compare_dicts", "new=None"),
        s("compare_lists", "new=None"),
        s("compress", "selectors"),
        s("contains_whitespace", ""),
        j("count", ""),
        j("d", "default_value='', boolean=False"),
        s("date_format", "format='%Y-%m-%d'"),
        j("default", "default_value='', boolean=False"),
        s("dict_to_sls_yaml_params", "flow_style=False"),
        j("dictsort", "case_sensitive=False, by='key', reverse=False"),
        s("difference", "lst2"),
        s("dns_check", "port, safe=False, ipv6=None"),
        j("e", ""),
        j("escape", ""),
        s("exactly_n_true", "amount=1"),
        s("exactly_one_true", ""),
        s("extend_dict_key_value", "keys, value, delimiter=':', ordered_dict=False"),
        s("file_hashsum", "form='sha256', chunk_size=65536"),
        j("filesizeformat", "binary=False"),
        s("filter_by_networks", "networks"),
        j("first", ""),
        s("flatten", "levels=None, preserve_nulls=False"),
        j("float", "default=0.0"),
        j("forceescape", ""),
        j("format", "*args, **kwargs"),
        s("from_entries", ""),
        s("gen_mac", ""),
        s("get_uid", ""),
        j("groupby", "attribute, default=None, case_sensitive=False"),
        s("hmac", "shared_secret, challenge_hmac"),
        s("hmac_compute", "shared_secret"),
        s("http_query", "method='GET', params=None, data=None, **kwargs"),
        s("human_to_bytes", "default_unit='B', handle_metric=False"),
        s("indent", "width=4, first=False, blank=False"),
        j("int", "default=0, base=10"),
        s("intersect", "lst2"),
        s("ip_host", "options=None, version=None"),
        s("ipaddr", "options=None"),
        s("ipv4", "options=None"),
        s("ipv6", "options=None"),
        s("ipwrap", ""),
        s("is_bin_file", ""),
        s("is_empty", ""),
        s("is_hex", ""),
        s("is_ip", "options=None"),
        s("is_ipv4", "options=None"),
        s("is_ipv6", "options=None"),
        s("is_iter", "ignore=(str,)"),
        s("is_list", ""),
        s("is_text_file", "blocksize=512"),
        j("items", ""),
        j("join", "d='', attribute=None"),
        s("json", "sort_keys=True, indent=None"),
        s("json_decode_dict", "encoding=None, errors='strict'"),
        s("json_decode_list", "encoding=None, errors='strict'"),
        s("json_encode_dict", "encoding=None, errors='strict'"),
        s("json_encode_list", "encoding=None, errors='strict'"),
        s("json_query", "expr"),
        j("last", ""),
        j("length", ""),
        j("list", ""),
        s("list_files", ""),
        s("load_json", ""),
        s("load_text", ""),
        s("load_yaml", ""),
        j("lower", ""),
        s("mac_str_to_bytes", ""),
        j("map", "*args, **kwargs"),
        s("max", ""),
        s("md5", ""),
        s("method_call", "f_name, *f_args, **f_kwargs"),
        s("min", ""),
        s("mysql_to_dict", "key"),
        s("network_hosts", "options=None, version=None"),
        s("network_size", "options=None, version=None"),
        s("path_join", "*parts"),
        s("permutations", "r=None"),
        j("pprint", ""),
        s("product", "*iterables, repeat=1"),
        s("python", ""),
        s("quote", ""),
        s("rand_str", "hash_type=None"),
        j("random", ""),
        s("random_hash", "hash_type=None"),
        s("random_sample", "size, seed=None"),
        s("random_shuffle", "seed=None"),
        s("random_str", ""),
        s("regex_escape", ""),
        s("regex_match", "rgx, ignorecase=False, multiline=False"),
        s("regex_replace", "rgx, val, ignorecase=False, multiline=False"),
        s("regex_search", "rgx, ignorecase=False, multiline=False"),
        j("reject", "*args, **kwargs"),
        j("rejectattr", "*args, **kwargs"),
        j("replace", "old, new, count=None"),
        j("reverse", ""),
        j("round", "precision=0, method='common'"),
        j("safe", ""),
        j("select", "*args, **kwargs"),
        j("selectattr", "*args, **kwargs"),
        s("sequence", ""),
        s("set_dict_key_value", "keys, value, delimiter=':', ordered_dict=False"),
        s("sha1", ""),
        s("sha256", ""),
        s("sha512", ""),
        s("skip", ""),
        j("slice", "slices, fill_with=None"),
        j("sort", "reverse=False, case_sensitive=False, attribute=None"),
        s("sorted_ignorecase", ""),
        s("str_to_num", ""),
        s("strftime", "format='%Y-%m-%d'"),
        j("string", ""),
        j("striptags", ""),
        s("substring_in_list", "list_to_search"),
        j("sum", "attribute=None, start=0"),
        s("symmetric_difference", "lst2"),
        j("title", ""),
        s("to_bool", ""),
        s("to_bytes", "encoding=None, errors='strict'"),
        s("to_camelcase", "uppercamel=False"),
        s("to_entries", ""),
        s("to_num", ""),
        s("to_snake_case", ""),
        s("tojson", "indent=None, **options"),
        s("traverse", "key, default=None, delimiter=':'"),
        j("trim", "chars=None"),
        j("truncate", "length=255, killwords=False, end='...', leeway=None"),
        s("union", "lst2"),
        s("unique", ""),
        s("update_dict_key_value", "keys, value, delimiter=':', ordered_dict=False"),
        j("upper", ""),
        j("urlencode", ""),
        j("urlize", "trim_url_limit=None, nofollow=False, target=None, rel=None, extra_schemes=None"),
        s("uuid", ""),
        s("which", ""),
        j("wordcount", ""),
        j("wordwrap", "width=79, break_long_words=True, wrapstring=None, break_on_hyphens=True"),
        s("xml", ""),
        j("xmlattr", "autospace=True"),
        s("yaml", "flow_style=True"),
        s("yaml_dquote", ""),
        s("yaml_encode", ""),
        s("yaml_squote", ""),
        s("zip", "*iterables"),
        s("zip_longest", "*iterables, fillvalue=None"),
    ];
    LIST
}

/// Tests (`x is defined`), sorted by name; those that are operators are left out.
#[must_use]
pub fn tests() -> &'static [Callable] {
    const LIST: &[Callable] = &[
        j("boolean", ""),
        j("callable", ""),
        j("defined", ""),
        j("divisibleby", "num"),
        j("eq", "other"),
        s("equalto", "other"),
        j("escaped", ""),
        j("even", ""),
        j("false", ""),
        j("filter", ""),
        j("float", ""),
        j("ge", "other"),
        j("greaterthan", "other"),
        j("gt", "other"),
        j("in", "seq"),
        j("integer", ""),
        j("iterable", ""),
        j("le", "other"),
        j("lessthan", "other"),
        s("list", ""),
        j("lower", ""),
        j("lt", "other"),
        j("mapping", ""),
        s("match", "rgx, ignorecase=False, multiline=False"),
        j("ne", "other"),
        j("none", ""),
        j("number", ""),
        j("odd", ""),
        j("sameas", "other"),
        j("sequence", ""),
        j("string", ""),
        j("test", ""),
        j("true", ""),
        j("undefined", ""),
        j("upper", ""),
    ];
    LIST
}

/// Functions that a template can call without `salt`, sorted by name.
#[must_use]
pub fn globals() -> &'static [Callable] {
    const LIST: &[Callable] = &[
        j("cycler", "*items"),
        j("dict", "**kwargs"),
        s("ifelse", "*args, tgt_type='compound', minion_id=None, merge=None, merge_lists=False"),
        j("joiner", "sep=', '"),
        j("lipsum", "n=5, html=True, min=20, max=100"),
        j("namespace", "**kwargs"),
        s("odict", "*args, **kwargs"),
        s("raise", "msg"),
        j("range", "start, stop=None, step=1"),
        s("show_full_context", ""),
    ];
    LIST
}

/// Tags that open or stand alone, sorted by name, with what follows them.
#[must_use]
pub fn tags() -> &'static [Callable] {
    const LIST: &[Callable] = &[
        j("block", "name"),
        s("break", ""),
        j("call", "macro()"),
        s("continue", ""),
        s("do", "expression"),
        j("elif", "condition"),
        j("else", ""),
        j("extends", "template"),
        j("filter", "name"),
        j("for", "item in items"),
        j("from", "template import name"),
        j("if", "condition"),
        j("import", "template as name"),
        s("import_json", "file as name"),
        s("import_text", "file as name"),
        s("import_yaml", "file as name"),
        j("include", "template"),
        s("load_json", "as name"),
        s("load_text", "as name"),
        s("load_yaml", "as name"),
        j("macro", "name()"),
        s("profile", "as name"),
        j("raw", ""),
        j("set", "name = value"),
        j("with", "name = value"),
    ];
    LIST
}
