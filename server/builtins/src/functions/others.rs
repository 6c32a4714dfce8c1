//! Smaller modules: paths of `file`, `environ`-like ones that are only named, versions of packages.

use std::cmp::Ordering;

use super::lookup::at;
use crate::args::flag;
use crate::{Call, Read, paths, versions};
use python::concrete::{none, unknown};
use python::value::{Kind, Value};
use python::{Res, to_str};

/// A function of these modules; `None`: there is none of that name.
pub(super) fn call(cx: &mut Call<'_>, module: &str, name: &str) -> Option<Res<Value>> {
    match module {
        "file" => matches!(name, "join" | "dirname" | "basename" | "normpath").then(|| paths::file_function(cx, name)),
        "pkg" | "lowpkg" => Some(version_cmp(cx)),
        _ => None,
    }
}

/// `pkg.version_cmp` (`salt/modules/aptpkg.py`): on Debian's family `dpkg` decides, by fixed rules;
/// elsewhere it depends on which library or program the minion has.
fn version_cmp(cx: &mut Call<'_>) -> Res<Value> {
    // Further keywords are taken and ignored.
    let known = |name: &str| ["pkg1", "pkg2", "ignore_epoch"].contains(&name);
    cx.kwargs.retain(|(name, _)| known(name));
    let [first, second, ignore] = cx.bind("version_cmp", 0, ["pkg1", "pkg2", "ignore_epoch"], 2)?;
    let family = at(cx, Read::Grain, &Value::str("os_family"), ":")?;
    if family.as_ref().and_then(Value::as_str) != Some("Debian") {
        return unknown("pkg.version_cmp asks the minion's package manager");
    }
    let ignore = flag(cx.heap, ignore.as_ref(), false)?;
    let text = |value: Option<Value>| -> Res<String> {
        let text = to_str(cx.heap, &value.unwrap_or_else(none))?;
        Ok(match text.split_once(':') {
            Some((_, rest)) if ignore => rest.to_owned(),
            _ => text,
        })
    };
    match versions::dpkg(&text(first)?, &text(second)?) {
        Some(Ordering::Less) => Ok(Kind::Int(-1).into()),
        Some(Ordering::Equal) => Ok(Kind::Int(0).into()),
        Some(Ordering::Greater) => Ok(Kind::Int(1).into()),
        None => unknown("versions that dpkg does not accept"),
    }
}
