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

/// Prints the page of `code`. Exit status 0.
///
/// # Errors
/// There is no such code.
pub fn run(code: &str) -> anyhow::Result<u8> {
    let name = format!("{}.md", code.trim().trim_start_matches("drift/"));
    let Some(page) = PAGES.get_file(&name) else {
        let mut known: Vec<String> =
            PAGES.files().filter_map(|file| Some(file.path().file_stem()?.to_str()?.to_owned())).collect();
        known.sort();
        bail!("there is no diagnostic code {code}; the codes are: {}", known.join(", "));
    };
    print(page.contents_utf8().ok_or_else(|| anyhow!("the page of {code} is damaged"))?);
    Ok(0)
}
