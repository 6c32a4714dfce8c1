//! Salt's execution functions that are pure, by module. What asks the machine is not here: the
//! evaluator looks it up among the recorded calls, else it is unknown.

mod config;
mod data;
mod lookup;
mod merge;
mod options;
mod others;
mod target;

use super::Call;
use crate::python::Res;
use crate::value::Value;

const NAMES: &[&str] = &[
    "pillar.get",
    "pillar.item",
    "pillar.items",
    "pillar.data",
    "pillar.raw",
    "pillar.keys",
    "pillar.fetch",
    "grains.get",
    "grains.fetch",
    "grains.item",
    "grains.items",
    "grains.filter_by",
    "grains.has_value",
    "config.get",
    "config.option",
    "config.items",
    "slsutil.merge",
    "slsutil.merge_all",
    "slsutil.update",
    "slsutil.boolstr",
    "slsutil.serialize",
    "defaults.merge",
    "defaults.update",
    "defaults.deepcopy",
    "match.compound",
    "match.glob",
    "match.pcre",
    "match.list",
    "match.grain",
    "match.grain_pcre",
    "match.pillar",
    "match.pillar_pcre",
    "match.ipcidr",
    "match.filter_by",
    "file.join",
    "file.dirname",
    "file.basename",
    "network.convert_cidr",
    "network.reverse_ip",
    "network.is_private",
    "network.is_loopback",
    "network.calc_net",
    "network.in_subnet",
    "log.debug",
    "log.info",
    "log.warning",
    "log.error",
    "log.critical",
    "log.exception",
    "hashutil.md5_digest",
    "hashutil.sha1_digest",
    "hashutil.sha256_digest",
    "hashutil.sha512_digest",
    "hashutil.base64_b64encode",
    "hashutil.base64_b64decode",
    "hashutil.digest",
    "hashutil.hmac_compute",
    "test.true_",
    "test.false_",
    "test.echo",
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
        _ => others::call(cx, module, function),
    }
}
