//! jinja2's and Salt's filters by theme. Those that ask the machine (files, DNS, randomness, the
//! clock) are named and answer Unknown.

mod attribute;
mod choose;
mod data;
mod hash;
pub mod json;
mod markup;
mod network;
mod number;
mod pretty;
pub mod regex;
mod salt_data;
mod salt_more;
mod sequence;
mod sets;
mod text;
mod update;
mod urlize;
pub mod wrap;

use super::Call;
use python::Res;
use python::concrete::unknown;
use python::value::Value;

pub use data::load_yaml_text as load_yaml;
pub use hash::{bytes as to_bytes, decode as base64_decode, digest, digest_bytes};
pub use network::{address, interface};
pub use salt_data::iterable;

/// Filters that depend on more than their arguments.
const IMPURE: &[&str] = &[
    "random",
    "random_sample",
    "random_shuffle",
    "gen_mac",
    "dns_check",
    "rand_str",
    "random_hash",
    "random_str",
    "file_hashsum",
    "is_empty",
    "is_text_file",
    "is_bin_file",
    "list_files",
    "date_format",
    "strftime",
    "which",
    "http_query",
    "get_uid",
    "json_query",
    "xml",
    "urlize",
    "compare_dicts",
    "filter_by_networks",
];

/// Whether jinja2 or Salt has a filter of this name.
#[must_use]
pub fn is_filter(name: &str) -> bool {
    const NAMES: &str = " abs attr batch capitalize center count d default dictsort e escape filesizeformat first \
float forceescape format groupby indent int join last length list lower items map min max pprint reject rejectattr \
replace reverse round safe select selectattr slice sort string striptags sum title trim truncate unique upper \
urlencode wordcount wordwrap xmlattr tojson compare_lists json_decode_dict json_encode_dict json_decode_list \
json_encode_list exactly_n_true exactly_one_true traverse substring_in_list is_list is_iter sorted_ignorecase \
mysql_to_dict flatten to_entries from_entries skip sequence to_bool quote regex_escape regex_search regex_match \
regex_replace uuid avg union intersect difference symmetric_difference method_call is_ip is_ipv4 is_ipv6 ipv4 ipv6 \
ipaddr ip_host network_hosts network_size mac_str_to_bytes ipwrap base64_encode base64_decode md5 sha1 sha256 sha512 \
hmac hmac_compute to_bytes str_to_num to_num is_hex contains_whitespace human_to_bytes check_whitelist_blacklist \
to_snake_case to_camelcase set_dict_key_value update_dict_key_value append_dict_key_value extend_dict_key_value \
yaml_dquote yaml_squote yaml_encode path_join yaml json python load_yaml load_json load_text dict_to_sls_yaml_params \
combinations combinations_with_replacement compress permutations product zip zip_longest ";
    IMPURE.contains(&name) || (!name.contains(' ') && !name.is_empty() && NAMES.contains(&format!(" {name} ")))
}

/// `input|name(args…)`; `None`: there is no such filter.
pub fn call_filter(cx: &mut Call<'_>, name: &str, input: &Value) -> Option<Res<Value>> {
    if let Err(fail) = python::concrete::known(input) {
        return is_filter(name).then_some(Err(fail));
    }
    let found = text::call(cx, name, input)
        .or_else(|| sequence::call(cx, name, input))
        .or_else(|| choose::call(cx, name, input))
        .or_else(|| number::call(cx, name, input))
        .or_else(|| data::call(cx, name, input))
        .or_else(|| markup::call(cx, name, input))
        .or_else(|| regex::call(cx, name, input))
        .or_else(|| sets::call(cx, name, input))
        .or_else(|| salt_data::call(cx, name, input))
        .or_else(|| update::call(cx, name, input))
        .or_else(|| hash::call(cx, name, input))
        .or_else(|| network::call(cx, name, input));
    match found {
        None if is_filter(name) => Some(unknown(format!("the filter '{name}' is not evaluated"))),
        found => found,
    }
}
