//! Salt's execution functions that are pure, by module. What asks the machine is not here: the
//! evaluator looks it up among the recorded calls, else it is unknown.

mod config;
mod data;
pub mod hashing;
mod lookup;
mod merge;
mod network;
mod options;
mod others;
mod serialize;
mod target;
mod testing;

use super::Call;
use python::Res;
use python::value::Value;

#[rustfmt::skip]
const NAMES: &[&str] = &[
    "pillar.get", "pillar.item", "pillar.items", "pillar.data", "pillar.raw", "pillar.keys", "pillar.fetch",
    "pillar.ls", "pillar.obfuscate", "pillar.filter_by", "grains.get", "grains.fetch", "grains.item",
    "grains.items", "grains.filter_by", "grains.has_value", "grains.ls", "grains.equals", "config.get",
    "config.option", "config.items", "config.merge", "config.valid_fileproto", "config.manage_mode",
    "config.backup_mode", "config.dot_vals", "slsutil.merge", "slsutil.merge_all", "slsutil.update",
    "slsutil.boolstr", "slsutil.serialize", "slsutil.deserialize", "slsutil.banner", "defaults.merge",
    "defaults.update", "defaults.deepcopy", "match.compound", "match.glob", "match.pcre", "match.list",
    "match.grain", "match.grain_pcre", "match.pillar", "match.pillar_pcre", "match.ipcidr", "match.filter_by",
    "match.search_by", "file.join", "file.dirname", "file.basename", "file.normpath", "network.convert_cidr",
    "network.reverse_ip", "network.is_private", "network.is_loopback", "network.calc_net",
    "network.ip_in_subnet", "log.debug", "log.info", "log.warning", "log.error", "log.critical",
    "log.exception", "hashutil.md5_digest", "hashutil.sha256_digest", "hashutil.sha512_digest",
    "hashutil.base64_b64encode", "hashutil.base64_b64decode", "hashutil.base64_encodestring",
    "hashutil.base64_decodestring", "hashutil.digest", "hashutil.hmac_compute", "hashutil.hmac_signature",
    "hashutil.github_signature", "random.hash", "random.str_encode", "random.rand_int", "random.seed",
    "random.sample", "random.shuffle", "pkg.version_cmp", "lowpkg.version_cmp", "test.true",
    "test.false", "test.echo", "test.outputter", "test.ping", "test.retcode", "test.kwarg",
    "test.arg", "test.arg_repr", "test.arg_type", "test.assertion", "test.exception",
];

/// Whether a function of this name is evaluated.
#[must_use]
pub fn is_function(name: &str) -> bool {
    NAMES.contains(&name)
}

/// `salt[name](args…)`; `None`: not a function that is evaluated here.
pub fn call_function(cx: &mut Call<'_>, name: &str) -> Option<Res<Value>> {
    if !is_function(name) {
        return None;
    }
    let (module, function) = name.split_once('.')?;
    match module {
        "pillar" | "grains" => lookup::call(cx, module, function),
        "config" => config::call(cx, function),
        "slsutil" | "defaults" => merge::call(cx, module, function),
        "match" => target::call(cx, function),
        "network" => network::call(cx, function),
        "hashutil" => hashing::hashutil(cx, function),
        "random" => hashing::random(cx, function),
        "test" => testing::test(cx, function),
        "log" => testing::log(cx, function),
        _ => others::call(cx, module, function),
    }
}
