//! `saltflow explain`: the page of a diagnostic code.

use anyhow::{anyhow, bail};
use include_dir::{Dir, include_dir};

use crate::cli::print::print;

static PAGES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../docs/diagnostics");

/// The page of `code`; `None`: there is no such code.
#[must_use]
pub fn page(code: &str) -> Option<&'static str> {
    let name = format!("{}.md", code.trim().trim_start_matches("drift/"));
    PAGES.get_file(&name)?.contents_utf8()
}

/// All codes that have a page, those of drift without their group.
pub fn codes() -> impl Iterator<Item = &'static str> {
    PAGES.files().filter_map(|file| file.path().file_stem()?.to_str())
}

/// Prints the page of `code`. Exit status 0.
///
/// # Errors
/// There is no such code.
pub fn run(code: &str) -> anyhow::Result<u8> {
    let name = format!("{}.md", code.trim().trim_start_matches("drift/"));
    let Some(page) = PAGES.get_file(&name) else {
        let mut known: Vec<&str> = codes().collect();
        known.sort_unstable();
        let hint = crate::near::hint(code.trim_start_matches("drift/"), known.iter().copied());
        bail!("there is no diagnostic code {code}{hint}\nthe codes are: {}", known.join(", "));
    };
    print(page.contents_utf8().ok_or_else(|| anyhow!("the page of {code} is damaged"))?);
    Ok(0)
}
