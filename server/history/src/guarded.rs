//! The one way to read a file of an untrusted place: regular files only, bounded, and never through
//! a link that leads out. Whatever a repository puts there (a pipe, a device, a link to a secret, a
//! file without end) ends in a refusal that says why, at once.

use std::io::Read;
use std::path::Path;

/// Why a file was not read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// A folder, pipe, socket or device.
    #[error("it is not a regular file")]
    NotAFile,
    /// It has more bytes than asked for.
    #[error("it is larger than {}", size(*.0))]
    TooLarge(u64),
    /// It is a link, or lies behind one, that leads out of the folder.
    #[error("it is a link that leads out of the repository, which is not followed")]
    Outside,
    /// The system's answer.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

impl ReadError {
    /// Whether nothing is there at all.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Io(error) if error.kind() == std::io::ErrorKind::NotFound)
    }
}

fn size(bytes: u64) -> String {
    if bytes >= 1 << 20 { format!("{} MiB", bytes >> 20) } else { format!("{} KiB", bytes >> 10) }
}

/// The bytes of a file that the user names: links are followed, but it must be a regular file of at
/// most `max` bytes.
///
/// # Errors
/// [`ReadError`]
pub fn read_named(path: &Path, max: u64) -> Result<Vec<u8>, ReadError> {
    read(&path.canonicalize()?, max)
}

/// The bytes of what the user names for this one call: it may be a pipe, and is read as long as that takes.
///
/// # Errors
/// [`ReadError`]
pub fn read_given(path: &Path, max: u64) -> Result<Vec<u8>, ReadError> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(max + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > max { Err(ReadError::TooLarge(max)) } else { Ok(bytes) }
}

/// The bytes of `file`, which a repository brings: it must lie in `folder`, its links resolved.
///
/// # Errors
/// [`ReadError`]
pub fn read_inside(folder: &Path, file: &Path, max: u64) -> Result<Vec<u8>, ReadError> {
    // what dangles or leads out is never opened
    let real = match file.canonicalize() {
        Ok(real) => real,
        Err(_) if file.is_symlink() => return Err(ReadError::Outside),
        Err(error) => return Err(error.into()),
    };
    if !real.starts_with(folder.canonicalize()?) {
        return Err(ReadError::Outside);
    }
    read(&real, max)
}

/// The bytes of a regular file at `path`, which is not followed if it is a link.
///
/// # Errors
/// [`ReadError`]
pub(crate) fn read(path: &Path, max: u64) -> Result<Vec<u8>, ReadError> {
    // a device or pipe is not even opened: that alone may have effects, or wait
    let before = path.symlink_metadata()?;
    if !before.is_file() {
        return Err(ReadError::NotAFile);
    }
    if before.len() > max {
        return Err(ReadError::TooLarge(max));
    }
    let file = open(path)?;
    // it may have been exchanged meanwhile
    if !file.metadata()?.is_file() {
        return Err(ReadError::NotAFile);
    }
    let mut bytes = Vec::with_capacity(usize::try_from(before.len()).unwrap_or(0));
    file.take(max + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > max { Err(ReadError::TooLarge(max)) } else { Ok(bytes) }
}

#[cfg(unix)]
fn open(path: &Path) -> std::io::Result<std::fs::File> {
    use std::os::unix::fs::OpenOptionsExt;
    let flags = libc::O_NOFOLLOW | libc::O_NONBLOCK | libc::O_NOCTTY;
    std::fs::OpenOptions::new().read(true).custom_flags(flags).open(path)
}

#[cfg(not(unix))]
fn open(path: &Path) -> std::io::Result<std::fs::File> {
    std::fs::File::open(path)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn only_regular_files_of_bounded_size_inside_are_read() {
        let around = tempfile::tempdir().expect("a folder");
        let inside = around.path().join("repository");
        std::fs::create_dir_all(inside.join("folder")).expect("a folder");
        std::fs::write(around.path().join("secret"), "x").expect("a file");
        std::fs::write(inside.join("plain"), "12345").expect("a file");
        symlink("plain", inside.join("to-plain")).expect("a link");
        symlink("../secret", inside.join("to-secret")).expect("a link");
        symlink("/dev/zero", inside.join("to-device")).expect("a link");
        symlink("nothing", inside.join("dangling")).expect("a link");
        let check = |name: &str, max: u64, expected: &str| {
            let shown = match read_inside(&inside, &inside.join(name), max) {
                Ok(bytes) => String::from_utf8(bytes).expect("text"),
                Err(error) if error.is_missing() => "missing".to_owned(),
                Err(error) => error.to_string(),
            };
            assert_eq!(shown, expected, "{name}");
        };
        let out = "it is a link that leads out of the repository, which is not followed";
        check("plain", 5, "12345");
        check("plain", 4, "it is larger than 0 KiB");
        check("to-plain", 5, "12345");
        check("to-secret", 5, out);
        check("to-device", 5, out);
        check("dangling", 5, out);
        check("folder", 5, "it is not a regular file");
        check("none", 5, "missing");
        assert!(matches!(read_named(Path::new("/dev/zero"), 5), Err(ReadError::NotAFile)));
    }
}
