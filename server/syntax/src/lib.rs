//! Lossless, error-tolerant parsers for the two languages of an SLS, Jinja and YAML. Text in, trees
//! with byte ranges out. Knows nothing of worlds, paths or git.

pub mod jinja;
pub mod yaml;
