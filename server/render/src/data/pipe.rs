//! Which renderers a file goes through (`salt/template.py`, `check_render_pipe_str`).

use smol_str::SmolStr;
use text::TextRange;

/// The renderers that Salt ships (3006 to 3008; `yamlex`, `mako` and others need extras, their names
/// are known all the same).
const SHIPPED: [&str; 21] = [
    "aws_kms",
    "cheetah",
    "dson",
    "genshi",
    "gpg",
    "hjson",
    "jinja",
    "json",
    "json5",
    "mako",
    "msgpack",
    "nacl",
    "pass",
    "py",
    "pydsl",
    "pyobjects",
    "stateconf",
    "toml",
    "tomlmod",
    "wempy",
    "yaml",
];

/// A renderer pipe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pipe {
    /// Renderer names without their arguments.
    pub(crate) parts: Vec<SmolStr>,
    /// The name that Salt does not have, with the whole pipe's place: Salt then takes no renderer at
    /// all.
    pub(crate) unknown: Option<(SmolStr, TextRange)>,
    /// The length of the `#!` line.
    pub(crate) line: usize,
}

/// How a pipe is carried out here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    /// Whether the text is a Jinja template.
    pub(crate) jinja: bool,
    /// What the printed text is written in; `None`: nothing that is read here.
    pub(crate) format: Option<super::load::Format>,
    /// Whether texts that begin an encrypted block are secrets.
    pub(crate) gpg: bool,
    /// Whether the text is Python whose `run` gives the data.
    pub(crate) python: bool,
    /// Whether the result is what Salt has; else there may be data that nobody sees.
    pub(crate) faithful: bool,
}

/// The pipe of a text whose default is `default` (`renderer` of the minion's options).
pub(crate) fn pipe(text: &str, default: &str) -> Pipe {
    let line = text.split(['\n', '\r']).next().unwrap_or("");
    let Some(shebang) = line.strip_prefix("#!").filter(|rest| !rest.starts_with('/')) else {
        return parse(default, TextRange::empty(0));
    };
    parse(shebang.trim(), TextRange::of(0, line.trim_end().len()))
}

fn parse(text: &str, range: TextRange) -> Pipe {
    let expanded = match text {
        "yaml_jinja" | "json_jinja" | "yamlex_jinja" | "yaml_mako" | "json_mako" | "yaml_wempy" | "json_wempy" => {
            let (format, template) = text.split_once('_').unwrap_or((text, ""));
            format!("{template}|{format}")
        }
        "yamlexyamlex_mako" | "yamlexyamlex_wempy" => text.replace("yamlexyamlex_", "").clone() + "|yamlexyamlex",
        text => text.to_owned(),
    };
    let mut pipe = Pipe { parts: Vec::new(), unknown: None, line: range.len() as usize };
    for part in expanded.split('|').map(str::trim) {
        let name = part.split(' ').next().unwrap_or("");
        if !SHIPPED.contains(&name) && name != "yamlex" && pipe.unknown.is_none() {
            pipe.unknown = Some((name.into(), range));
        }
        pipe.parts.push(name.into());
    }
    pipe
}

impl Pipe {
    /// How to carry it out.
    pub(crate) fn plan(&self) -> Plan {
        use super::load::Format;
        let mut plan = Plan {
            jinja: false,
            format: None,
            gpg: false,
            python: self.parts.len() == 1 && self.parts.iter().all(|part| part == "py"),
            faithful: true,
        };
        for (n, part) in self.parts.iter().enumerate() {
            match part.as_str() {
                "jinja" if n == 0 => plan.jinja = true,
                "yaml" if plan.format.is_none() => plan.format = Some(Format::Yaml),
                "json" if plan.format.is_none() => plan.format = Some(Format::Json),
                "yamlex" if plan.format.is_none() => plan.format = Some(Format::Yamlex),
                "gpg" => plan.gpg = true,
                _ => plan.faithful = false,
            }
        }
        plan.faithful &= self.parts.iter().filter(|part| *part == "jinja").count() < 2;
        // Text that another engine would have changed says nothing.
        if !plan.faithful && !plan.jinja {
            plan.format = None;
        }
        plan
    }
}

#[cfg(test)]
mod tests {
    use super::super::load::Format;
    use super::*;

    #[test]
    fn shebangs_are_salts() {
        for (text, parts, unknown) in [
            ("a: 1\n", "jinja yaml", None),
            ("#!yaml|gpg\n", "yaml gpg", None),
            ("#!/bin/sh\n", "jinja yaml", None),
            ("#! jinja | yaml\r\n", "jinja yaml", None),
            ("#!yaml_jinja", "jinja yaml", None),
            ("#!py\n", "py", None),
            ("#!stateconf yaml . jinja\n", "stateconf", None),
            ("#!jinja|ymal\n", "jinja ymal", Some("ymal")),
            ("\u{FEFF}#!py\n", "jinja yaml", None),
            ("#!\n", "", Some("")),
        ] {
            let pipe = pipe(text, "jinja|yaml");
            assert_eq!(pipe.parts.join(" "), parts, "{text}");
            assert_eq!(pipe.unknown.as_ref().map(|(name, _)| name.as_str()), unknown, "{text}");
        }
    }

    #[test]
    fn plans_say_what_is_seen() {
        for (text, jinja, format, faithful) in [
            ("#!jinja|yaml|gpg\n", true, Some(Format::Yaml), true),
            ("#!jinja|json\n", true, Some(Format::Json), true),
            ("#!jinja\n", true, None, true),
            ("#!py\n", false, None, false),
            ("#!mako|yaml\n", false, None, false),
            ("#!jinja|yaml|stateconf\n", true, Some(Format::Yaml), false),
        ] {
            let plan = pipe(text, "jinja|yaml").plan();
            assert_eq!((plan.jinja, plan.format, plan.faithful), (jinja, format, faithful), "{text}");
        }
    }
}
