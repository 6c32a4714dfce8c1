//! Tests of template evaluation.

mod bounds;
mod generated;
mod observe;
mod oracle;
mod partial;
mod shared;
mod uses;

use std::sync::Arc;

use world::{Memo, Minion, Profile, Reader, SaltPath, Stop, World};

use crate::eval::{Evaluated, Job, evaluate};
use crate::{EntryKind, PieceKind};

/// Files of a tree below `states/`, the first one being the entry.
type Files<'a> = &'a [(&'a str, &'a str)];

/// A minion with these grains and this pillar; `None`: nothing is known of it.
fn minion(known: Option<(&str, &str)>) -> Arc<Minion> {
    let root = |path: &str| [("base".to_owned(), vec![SaltPath::new(path).unwrap()])].into();
    let object = |text: &str| serde_json::from_str(text).unwrap();
    let profile = known.map(|(grains, pillar)| Profile {
        name: "m".into(),
        id: "m".into(),
        grains: object(grains),
        pillar: Some(object(pillar)),
        ..Profile::default()
    });
    Minion {
        file_roots: root("states"),
        pillar_roots: root("pillar"),
        saltenv: "base".into(),
        profile,
        pillar_file: None,
        salt: None,
        ..Minion::default()
    }
    .shared()
}

/// Evaluates the first file as a state SLS.
fn run(files: Files<'_>, known: Option<(&str, &str)>) -> Evaluated {
    let paths: Vec<(String, &str)> = files.iter().map(|(path, text)| (format!("states/{path}"), *text)).collect();
    let world = World::in_memory(paths.iter().map(|(path, text)| (path.as_str(), *text)));
    let (memo, stop) = (Memo::new(), Stop::new());
    let reader = Reader::new(&world, &memo, &stop);
    let (path, text) = files[0];
    let sls = path.trim_end_matches(".sls").trim_end_matches("/init").replace('/', ".");
    let job = Job {
        minion: &minion(known),
        path: SaltPath::new(&format!("states/{path}")).unwrap(),
        kind: EntryKind::State,
        sls: Some(sls.as_str().into()),
        saltenv: "base".into(),
        source: text.into(),
        blob: None,
        extra: Vec::new(),
    };
    evaluate(&job, &reader).unwrap()
}

/// Pieces with what is not plain about them, one a line.
fn shown(evaluated: &Evaluated) -> String {
    use std::fmt::Write;
    let mut text = String::new();
    for piece in &evaluated.output.pieces {
        let slice = piece.at.slice(&evaluated.output.text).replace(python::output::HOLE, "◌");
        let _ = match &piece.kind {
            PieceKind::Exact => write!(text, "{slice:?}"),
            PieceKind::Derived => write!(text, "={slice:?}"),
            PieceKind::Hole(reason) => write!(text, "◌ {reason}"),
            PieceKind::Choice(options) => {
                let options: Vec<String> = options
                    .iter()
                    .map(|(when, text)| {
                        format!("{} if {when:?}", text.as_ref().map_or("?".into(), |t| format!("{t:?}")))
                    })
                    .collect();
                write!(text, "one of: {}", options.join("; "))
            }
        };
        if !piece.when.is_always() {
            let _ = write!(text, "  when {:?}", piece.when);
        }
        if piece.repeated {
            text.push_str("  repeated");
        }
        text.push('\n');
    }
    for problem in &evaluated.problems {
        let certain = if problem.certain { "error" } else { "maybe" };
        let _ = writeln!(text, "{certain}: {} at {:?}", problem.message, problem.origin.range);
    }
    text
}
