//! What the repository's `.gitignore` files name: such files are made where Salt runs, so their absence
//! from a checkout says nothing.

use world::{Reader, SaltPath, Stopped};

/// A `.gitignore` longer than this is none.
const MAX_BYTES: usize = 256 * 1024;
/// So many patterns of one tree count.
const MAX_PATTERNS: usize = 4096;

/// The patterns of all `.gitignore` files among `files` (below `top`), each with its folder.
///
/// # Errors
/// [`Stopped`].
pub(super) fn read(
    reader: &Reader<'_>,
    top: &SaltPath,
    files: &[SaltPath],
) -> Result<Vec<(SaltPath, String)>, Stopped> {
    let mut found = Vec::new();
    for path in files.iter().filter(|path| path.name() == ".gitignore") {
        let Ok(full) = top.join(path.as_str()) else { continue };
        let Some(content) = reader.content(&full)?.filter(|content| content.len() <= MAX_BYTES) else { continue };
        let text = String::from_utf8_lossy(&content);
        let patterns = text.lines().map(str::trim_end).filter(|line| !line.is_empty() && !line.starts_with(['#', '!']));
        // What ignores everything says nothing of one file.
        let patterns = patterns.filter(|line| line.chars().any(char::is_alphanumeric));
        found.extend(patterns.map(|pattern| (path.parent(), pattern.to_owned())));
        if found.len() >= MAX_PATTERNS {
            break;
        }
    }
    Ok(found)
}
