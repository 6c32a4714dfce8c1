//! Where in a YAML structure the cursor is, from the indentation of the lines above it: works on
//! half-written text and passes over Jinja's tags. Knows nothing of what keys mean.

use text::TextRange;

use crate::typing::masked;

/// A step from the document's root towards the cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Into the value of a key.
    Key(String),
    /// Into an item of a list.
    Item,
}

/// A place in a YAML structure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    /// What holds the cursor's entry, outermost first.
    pub path: Vec<Step>,
    /// The key on the cursor's line that the cursor is behind.
    pub key: Option<String>,
    /// The whole word at the cursor, quotes not included.
    pub word: TextRange,
    /// The word up to the cursor.
    pub prefix: String,
    /// Keys beside the cursor's entry, in the same mapping or list of single keys.
    pub beside: Vec<String>,
    /// Whether something (`:`) already follows the word, or the list is a flow one.
    pub followed: bool,
    /// Whether the cursor's entry is a list item, by its dash or brackets.
    pub item: bool,
    /// Where the cursor's entry begins in its line.
    pub column: usize,
}

/// A line of YAML.
#[derive(Clone, Debug)]
struct Line<'t> {
    dashes: Vec<usize>,
    column: usize,
    content: &'t str,
}

impl<'t> Line<'t> {
    fn read(line: &'t str) -> Option<Self> {
        let (mut dashes, mut column) = (Vec::new(), 0);
        loop {
            let rest = line.get(column..)?;
            let blanks = rest.len() - rest.trim_start_matches(' ').len();
            column += blanks;
            let rest = line.get(column..)?;
            if rest == "-" || rest.starts_with("- ") {
                dashes.push(column);
                column += 1;
            } else {
                return Some(Self { dashes, column, content: rest });
            }
        }
    }

    fn is_blank(&self) -> bool {
        self.dashes.is_empty() && (self.content.trim().is_empty() || self.content.starts_with('#'))
    }

    /// The key and what follows it.
    fn key(&self) -> Option<(&'t str, &'t str)> {
        split_key(self.content)
    }

    /// Where its entry begins.
    fn start(&self) -> usize {
        self.dashes.first().copied().unwrap_or(self.column)
    }
}

/// `key: value`, as far as the value is typed.
fn split_key(content: &str) -> Option<(&str, &str)> {
    let quote = content.chars().next().filter(|c| matches!(c, '\'' | '"'));
    if let Some(quote) = quote {
        let inner = content.get(1..)?;
        let end = inner.find(quote)?;
        let rest = inner.get(end + 1..)?.trim_start().strip_prefix(':')?;
        return Some((inner.get(..end)?, rest));
    }
    let at = content.match_indices(':').map(|(at, _)| at).find(|at| {
        let next = content.as_bytes().get(at + 1);
        next.is_none_or(u8::is_ascii_whitespace)
    })?;
    Some((content.get(..at)?.trim_end(), content.get(at + 1..)?))
}

/// The place of `offset`; `None` in comments, block scalars and where a word is partly computed.
#[must_use]
pub(crate) fn block_at(text: &str, offset: usize) -> Option<Block> {
    let masked = masked(text);
    let start = masked.get(..offset)?.rfind('\n').map_or(0, |at| at + 1);
    let end = masked.get(offset..)?.find('\n').map_or(masked.len(), |at| offset + at);
    let whole = masked.get(start..end)?.trim_end_matches('\r');
    let cursor = offset - start;
    if is_in_comment(whole.get(..cursor)?) {
        return None;
    }
    let own = Line::read(whole)?;
    if cursor < own.column && !own.content.is_empty() {
        return None;
    }
    let above: Vec<Line<'_>> = masked.get(..start)?.lines().filter_map(Line::read).collect();
    let below: Vec<Line<'_>> = masked.get(end..)?.lines().skip(1).filter_map(Line::read).collect();
    let column = if own.content.is_empty() && own.dashes.is_empty() { cursor } else { own.start() };
    let mut path = parents(&above, column, own.dashes.is_empty())?;
    for _ in &own.dashes {
        path.push(Step::Item);
    }
    let entry = if own.content.is_empty() { cursor } else { own.column };
    let mut cut = Cut { path: &mut path, line: whole, cursor, item: !own.dashes.is_empty(), beside: Vec::new() };
    let (key, from, to, followed) = cut.word(entry)?;
    let (item, in_flow) = (cut.item, cut.beside);
    let word = TextRange::of(start + from, start + to);
    if word.slice(text).contains("{{") || word.slice(text).contains("{%") {
        return None;
    }
    let prefix = text.get(start + from..offset)?.to_owned();
    let mut beside = beside(&above, &below, column, !own.dashes.is_empty());
    beside.extend(in_flow);
    beside.extend(own.key().filter(|_| key.is_some()).map(|(key, _)| key.to_owned()));
    Some(Block { path, key, word, prefix, beside, followed, item, column })
}

fn is_in_comment(before: &str) -> bool {
    let hash = before.match_indices('#').map(|(at, _)| at);
    hash.into_iter().any(|at| {
        let outside = before.get(..at).unwrap_or("");
        let quotes = |c| outside.matches(c).count() % 2 == 1;
        (at == 0 || outside.ends_with([' ', '\t'])) && !quotes('\'') && !quotes('"')
    })
}

/// The steps to the mapping or list that an entry at `column` is in.
fn parents(above: &[Line<'_>], column: usize, key: bool) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    let (mut column, mut key) = (column, key);
    for line in above.iter().rev().filter(|line| !line.is_blank()) {
        if key && line.column == column && !line.dashes.is_empty() {
            // the first key of the same mapping stands behind a dash
            steps.extend(line.dashes.iter().map(|_| Step::Item));
            column = line.start();
            key = false;
            continue;
        }
        // a list may stand at its key's own column
        let holds = line.column < column || (!key && line.column == column);
        if !holds || line.dashes.contains(&column) {
            continue;
        }
        let Some((name, value)) = line.key() else { continue };
        let value = value.trim();
        if value.starts_with(['|', '>']) {
            return None;
        }
        if !value.is_empty() && !value.starts_with(['#', '&', '!']) {
            continue;
        }
        steps.push(Step::Key(unquoted(name)));
        steps.extend(line.dashes.iter().map(|_| Step::Item));
        column = line.start();
        key = line.dashes.is_empty();
        if column == 0 && key {
            break;
        }
    }
    steps.reverse();
    Some(steps)
}

fn unquoted(text: &str) -> String {
    text.trim_matches(['\'', '"']).to_owned()
}

/// The keys of the entries beside one at `column`.
fn beside(above: &[Line<'_>], below: &[Line<'_>], column: usize, item: bool) -> Vec<String> {
    let mut found = Vec::new();
    let mut take = |lines: &mut dyn Iterator<Item = &Line<'_>>| {
        for line in lines.filter(|line| !line.is_blank()) {
            if line.start() < column || (item && line.start() == column && line.dashes.is_empty()) {
                break;
            }
            let same = if item { line.dashes.first() == Some(&column) } else { line.column == column };
            if same {
                let name = line.key().map_or(line.content.trim(), |(key, _)| key);
                found.push(unquoted(name));
            }
        }
    };
    take(&mut above.iter().rev());
    take(&mut below.iter());
    found
}

/// Finds the word on the cursor's line, going into keys and flow collections.
struct Cut<'a> {
    path: &'a mut Vec<Step>,
    line: &'a str,
    cursor: usize,
    item: bool,
    /// The other elements of the flow collection that the cursor is in.
    beside: Vec<String>,
}

impl Cut<'_> {
    /// The key before the word, the word's columns, and whether a colon or bracket follows it.
    fn word(&mut self, entry: usize) -> Option<(Option<String>, usize, usize, bool)> {
        let content = self.line.get(entry..)?;
        let (mut key, mut from) = (None, entry);
        if let Some((name, value)) = split_key(content) {
            let value_at = self.line.len() - value.len();
            if self.cursor < value_at {
                let quoted = usize::from(content.starts_with(['\'', '"']));
                let end = entry + quoted + name.len();
                return (self.cursor <= end).then_some((None, entry + quoted, end, true));
            }
            key = Some(name.to_owned());
            from = value_at + (value.len() - value.trim_start().len());
        }
        from = from.min(self.cursor);
        if self.line.get(from..)?.starts_with(['[', '{']) && self.cursor > from {
            return self.flow(key, from);
        }
        let rest = self.line.get(from..)?;
        if rest.starts_with(['|', '>', '&', '*', '!']) && self.cursor > from {
            return None;
        }
        if let Some(quote) = rest.chars().next().filter(|c| matches!(c, '\'' | '"')) {
            let inner = from + 1;
            let end = self.line.get(inner..)?.find(quote).map_or(self.line.trim_end().len(), |end| inner + end);
            let fits = (inner..=end).contains(&self.cursor);
            return fits.then_some((key, inner, end, true));
        }
        let comment = rest.find(" #").map_or(rest.len(), |at| at);
        let end = (from + rest.get(..comment)?.trim_end().len()).max(self.cursor);
        Some((key, from, end, false))
    }

    /// The word inside `[…]` and `{…}`.
    fn flow(&mut self, key: Option<String>, from: usize) -> Option<(Option<String>, usize, usize, bool)> {
        if let Some(key) = key {
            self.path.push(Step::Key(key));
        }
        let text = self.line.get(from..self.cursor)?;
        // for each open bracket: what it is and where its current element begins
        let mut open: Vec<(char, usize)> = Vec::new();
        let mut quote = None;
        for (at, c) in text.char_indices() {
            match (quote, c) {
                (Some(q), c) if q == c => quote = None,
                (Some(_), _) => {}
                (None, '\'' | '"') => quote = Some(c),
                (None, '[' | '{') => open.push((c, at + 1)),
                (None, ']' | '}') => drop(open.pop()),
                (None, ',') => {
                    if let Some(last) = open.last_mut() {
                        last.1 = at + 1;
                    }
                }
                _ => {}
            }
        }
        let (&(bracket, element), outer) = open.split_last()?;
        for (n, (c, start)) in outer.iter().enumerate() {
            if *c == '[' {
                self.path.push(Step::Item);
            }
            let next = open.get(n + 1).map_or(text.len(), |(_, at)| at.saturating_sub(1));
            if let Some((name, _)) = text.get(*start..next).and_then(|text| split_key(text.trim_start())) {
                self.path.push(Step::Key(unquoted(name)));
            }
        }
        if bracket == '[' {
            self.path.push(Step::Item);
        }
        self.item = true;
        let begin = text.get(..element)?.rfind(bracket).map_or(element, |at| at + 1);
        let others = text.get(begin..element)?.split(',').map(str::trim).filter(|other| !other.is_empty());
        self.beside.extend(others.map(|other| unquoted(split_key(other).map_or(other, |(key, _)| key))));
        let written = text.get(element..)?;
        let (key, word) = match split_key(written.trim_start()) {
            Some((name, value)) => (Some(unquoted(name)), value.trim_start()),
            None => (None, written.trim_start()),
        };
        let word = word.trim_start_matches(['\'', '"']);
        let start = self.cursor - word.len();
        let rest = self.line.get(self.cursor..)?;
        let end = self.cursor + rest.find([',', ']', '}', ':', ' ', '\'', '"']).unwrap_or(rest.len());
        Some((key, start, end, true))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `path > key= "prefix"`, the beside keys behind it.
    #[track_caller]
    fn check(text: &str, expected: &str) {
        let offset = text.find('¦').expect("a cursor");
        let text = text.replace('¦', "");
        let shown = block_at(&text, offset).map_or("nothing".to_owned(), |block| {
            let mut shown = String::new();
            for step in &block.path {
                shown.push_str(match step {
                    Step::Key(key) => key,
                    Step::Item => "-",
                });
                shown.push(' ');
            }
            shown.push_str(&block.key.map_or(String::new(), |key| format!("{key}= ")));
            format!("{shown}{}|{}", block.prefix, block.word.slice(&text))
        });
        assert_eq!(shown, expected, "{text}");
    }

    #[test]
    fn structure_follows_from_indentation() {
        check("¦", "|");
        check("inc¦", "inc|inc");
        check("include:\n  - ¦", "include - |");
        check("include:\n- ngi¦", "include - ngi|ngi");
        check("include: [a, b¦, c]", "include - b|b");
        check("a:\n  pkg.¦", "a pkg.|pkg.");
        check("a:\n  ¦", "a |");
        check("a:\n  pkg.ins¦talled:\n", "a pkg.ins|pkg.installed");
        check("a:\n  pkg.installed:\n    - na¦", "a pkg.installed - na|na");
        check("a:\n  pkg.installed:\n    - name: x¦y # z", "a pkg.installed - name= x|xy");
        check("a:\n  pkg.installed:\n    - require:\n      - pkg: ngi¦", "a pkg.installed - require - pkg= ngi|ngi");
        check("a:\n  pkg.installed:\n    - require:\n      - pk¦", "a pkg.installed - require - pk|pk");
        check("a:\n  pkg.installed:\n  - require:\n    - pkg: x\n    - ¦", "a pkg.installed - require - |");
        check("a:\n  pkg.installed:\n    - require: [{pkg: x}, {file: y¦", "a pkg.installed - require - file= y|y");
        check("a: pkg.inst¦", "a= pkg.inst|pkg.inst");
        check("x:\n  y:\n    z: 1\n  w¦", "x w|w");
        check("base:\n  '*':\n    - a\n  'web¦*':\n    - b", "base web|web*");
    }

    #[test]
    fn jinja_between_is_passed_over() {
        check("a:\n  pkg.installed:\n{% if x %}\n    - name: y\n{% endif %}\n    - ¦", "a pkg.installed - |");
        check("{% for x in y %}\na:\n  pkg.installed:\n    {%- if z %}\n    - ¦", "a pkg.installed - |");
        check("{{ x }}:\n  file.managed:\n    - ¦", "xxxxxxx file.managed - |");
    }

    #[test]
    fn comments_and_block_scalars_are_no_place() {
        check("a: # ¦", "nothing");
        check("# a¦", "nothing");
        check("a:\n  file.managed:\n    - contents: |\n        pkg.¦", "nothing");
        check("a:\n  x.y:\n    - name: a{{ b }}c¦", "nothing");
    }
}
