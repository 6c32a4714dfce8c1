//! Grains that Salt does not have, and values that they never have.

use codes::Code;
use model::Slot;
use render::{Origin, UseKind, When};

use super::Local;
use crate::near::nearest;
use crate::{Check, Fix};

/// Grains whose values are words that Salt chooses (`salt/grains/core.py`), with those words.
const VALUES: [(&str, &[&str]); 4] = [
    (
        "os_family",
        &[
            "AIX",
            "Alpine",
            "Arch",
            "Bluewhite",
            "Debian",
            "FreeBSD",
            "Gentoo",
            "Junos",
            "MacOS",
            "Mandriva",
            "NILinuxRT",
            "NetBSD",
            "NixOS",
            "OpenBSD",
            "RedHat",
            "Slackware",
            "Solaris",
            "Suse",
            "VMware",
            "Void",
            "Windows",
            "Cisco",
            "Proxmox",
            "proxy",
        ],
    ),
    (
        "os",
        &[
            "AIX",
            "ALT",
            "AlmaLinux",
            "Alpine",
            "Amazon",
            "Antergos",
            "Arch",
            "Arch ARM",
            "Astra Linux",
            "CentOS",
            "CentOS Stream",
            "CloudLinux",
            "Debian",
            "Devuan",
            "Fedora",
            "FreeBSD",
            "Gentoo",
            "Junos",
            "KDE neon",
            "Kali",
            "Korora",
            "Linaro",
            "MacOS",
            "Manjaro",
            "Mint",
            "NILinuxRT",
            "NetBSD",
            "NixOS",
            "OEL",
            "OpenBSD",
            "OpenSUSE",
            "openSUSE",
            "OracleLinux",
            "Pop",
            "RES",
            "Raspbian",
            "RedHat",
            "Rocky",
            "SLES",
            "SUSE",
            "ScientificLinux",
            "SmartOS",
            "Solaris",
            "Synology",
            "Ubuntu",
            "VMware",
            "Virtuozzo",
            "Void",
            "Windows",
            "XCP-ng",
            "XenServer",
            "openEuler",
            "Leap",
            "Tumbleweed",
            "proxy",
            "Mandriva",
            "Slackware",
            "elementary",
        ],
    ),
    ("kernel", &["Linux", "Windows", "Darwin", "FreeBSD", "OpenBSD", "NetBSD", "SunOS", "AIX", "proxy"]),
    ("init", &["systemd", "sysvinit", "upstart", "runit", "openrc", "supervisord", "unknown", "rc.d", "launchd"]),
];

pub(super) fn check(check: &mut Check<'_>, local: &Local) {
    let rendered = check.facts.rendered.clone();
    for used in rendered.uses.iter().filter(|used| used.kind == UseKind::Grain) {
        let Some(name) = used.name.as_literal() else { continue };
        let first = name.split(':').next().unwrap_or(name);
        let text = check.text(&used.origin.path);
        let at = text.as_deref().and_then(|text| super::place(text, used.origin.range, first));
        misspelt(check, first, &used.origin, &used.when, at);
    }
    for compared in &local.grain_values {
        let Some((_, values)) = VALUES.iter().find(|(grain, _)| *grain == compared.grain) else { continue };
        if values.contains(&compared.value.as_str()) || known_value(check, &compared.grain, &compared.value) {
            continue;
        }
        let near = values.iter().copied().find(|value| value.eq_ignore_ascii_case(&compared.value));
        let Some(near) = near.or_else(|| nearest(&compared.value, values.iter().copied())) else { continue };
        let message = format!("The grain `{}` is never '{}'. Did you mean '{near}'?", compared.grain, compared.value);
        let origin = Origin::exact(check.facts.path.clone(), compared.range);
        let fix = Fix::word(&origin, &compared.value, near);
        check.tell(Code::MisspeltGrainValue, &origin, &When::ALWAYS, message).fix = fix;
    }
}

/// Whether a profile's grain has the value.
fn known_value(check: &Check<'_>, grain: &str, value: &str) -> bool {
    let profile = check.view.minion.profile.as_ref();
    profile.and_then(|profile| profile.grains.get(grain)).and_then(|known| known.as_str()) == Some(value)
}

/// Tells if `name` is close to one of Salt's grains and nobody sets it. `at`: just the name, for a fix.
pub(crate) fn misspelt(check: &mut Check<'_>, name: &str, origin: &Origin, when: &When, at: Option<text::TextRange>) {
    let grains = library::common_grains();
    if name.len() < 4 || grains.iter().any(|grain| grain.name == name) || OTHERS.contains(&name) {
        return;
    }
    let Some(near) = nearest(name, grains.iter().map(|grain| grain.name)) else { return };
    if is_set(check, name) {
        return;
    }
    let message = format!("Salt has no grain `{name}`, and nothing in the repository sets it. Did you mean `{near}`?");
    let place = at.map(|range| Origin::exact(origin.path.clone(), range));
    let fix = place.as_ref().and_then(|place| Fix::word(place, name, near));
    let finding = check.tell(Code::MisspeltGrain, place.as_ref().unwrap_or(origin), when, message);
    finding.fix = fix;
    finding.problem.origin.chain.clone_from(&origin.chain);
}

/// Grains that Salt has and few minions show.
const OTHERS: [&str; 12] = [
    "roles",
    "role",
    "hwaddr",
    "osbuild",
    "hostname",
    "username",
    "ip6_interfaces",
    "fqdn_ip",
    "productname",
    "uuid",
    "systempath",
    "environment",
];

/// Whether a profile, a state or a module of the workspace has the grain.
fn is_set(check: &Check<'_>, name: &str) -> bool {
    let profile = check.view.minion.profile.as_ref();
    if profile.is_some_and(|profile| profile.grains.contains_key(name)) {
        return true;
    }
    let index = check.view.index();
    let by_state = |slot| index.files(slot, name).next().is_some();
    if by_state(Slot::StateId) || by_state(Slot::StateName) {
        return true;
    }
    let folders = check.scope.layout.module_folders.iter().filter(|folder| folder.name().contains("grains"));
    folders.into_iter().any(|folder| {
        let files = check.scope.world.tree.below(folder).take(200);
        files.into_iter().any(|(path, _)| check.text(path).is_some_and(|text| text.contains(name)))
    })
}
