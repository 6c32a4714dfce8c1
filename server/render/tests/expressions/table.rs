//! The notation of the tables: one template a line, multiplied by named lists of values.

use std::collections::BTreeMap;

/// How many combinations of a line are compared without `SALTFLOW_ALL`.
const MOST: usize = 24;

/// One template with how it is compared.
pub struct Question {
    /// The family that it counts for.
    pub family: String,
    /// The line of the table that it came from.
    pub line: String,
    /// What is rendered.
    pub template: String,
    /// `?`: we may answer "unknown".
    pub may_be_unknown: bool,
    /// `~`: only whether it is refused is compared, and what is printed.
    pub any_refusal: bool,
    /// `!`: known to differ.
    pub differs: bool,
}

/// `== family` begins a family; `$name = a ;; b` names values, `$name` in a line stands for each of
/// them (the same wherever it stands, `$name2` for another one); a line is an expression, or a template if it begins with `{%`; `#` a comment.
pub fn questions(table: &str) -> Vec<Question> {
    let mut lists: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut family = String::new();
    let mut questions = Vec::new();
    for line in table.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(name) = line.strip_prefix("== ") {
            name.clone_into(&mut family);
            continue;
        }
        if let Some((name, values)) = line.strip_prefix('$').and_then(|rest| rest.split_once(" = "))
            && name.chars().all(|c| c.is_ascii_alphanumeric())
        {
            let values = expand(values, &lists).iter().flat_map(|v| v.split(" ;; ")).map(str::to_owned).collect();
            lists.insert(name.to_owned(), values);
            continue;
        }
        let bare = line.trim_start_matches(['?', '~', '!']);
        let marks = &line[..line.len() - bare.len()];
        // A line of many combinations is sampled, unless all are asked for.
        let all = expand(bare, &lists);
        let step = if std::env::var_os("SALTFLOW_ALL").is_some() { 1 } else { all.len().div_ceil(MOST).max(1) };
        for expression in all.into_iter().step_by(step) {
            let template =
                if expression.starts_with("{%") { expression } else { format!("{{{{ {} }}}}", expression.trim()) };
            questions.push(Question {
                family: family.clone(),
                line: line.to_owned(),
                template,
                may_be_unknown: marks.contains('?'),
                any_refusal: marks.contains('~'),
                differs: marks.contains('!'),
            });
        }
    }
    questions
}

fn expand(line: &str, lists: &BTreeMap<String, Vec<String>>) -> Vec<String> {
    let mut found = None;
    for (at, _) in line.match_indices('$') {
        let rest = &line[at + 1..];
        let name = &rest[..rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len())];
        if let Some(values) = lists.get(name).or_else(|| lists.get(name.strip_suffix('2')?)) {
            found = Some((name, values));
            break;
        }
    }
    let Some((name, values)) = found else { return vec![line.to_owned()] };
    values.iter().flat_map(|value| expand(&fill(line, name, value), lists)).collect()
}

/// The line with `value` for each `$name`.
fn fill(line: &str, name: &str, value: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some(at) = rest.find('$') {
        let (before, after) = (&rest[..at], &rest[at + 1..]);
        out.push_str(before);
        match after.strip_prefix(name) {
            Some(tail) if !tail.starts_with(|c: char| c.is_ascii_alphanumeric()) => {
                out.push_str(value);
                rest = tail;
            }
            _ => {
                out.push('$');
                rest = after;
            }
        }
    }
    out + rest
}
