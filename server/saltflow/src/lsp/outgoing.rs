//! Outgoing messages pass here, and no secret of an opened workspace leaves in one of them: not in a
//! hover, a name, a message or a log. Edits are let through: they must carry the text that they write, and
//! are made only when a person asks for them. Knows nothing of what messages mean beyond that.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ide::Analysis;
use model::censor::Censor;
use parking_lot::RwLock;
use rustc_hash::FxHashMap;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use world::TreeId;

use crate::workspace::Workspace;

/// Members that hold texts to be written into files, or name files.
const THROUGH: [&str; 9] =
    ["newText", "edit", "textEdit", "additionalTextEdits", "changes", "documentChanges", "uri", "targetUri", "rootUri"];

/// How deep a message is looked through; what is deeper is not sent.
const MAX_DEPTH: usize = 100;

/// The secrets of the opened workspaces. Cheap to clone, all clones are the same.
#[derive(Clone, Default)]
pub struct Secrets(Arc<RwLock<FxHashMap<PathBuf, Known>>>);

#[derive(Default)]
struct Known {
    /// Of the files, as they were saved last.
    own: Option<(TreeId, Arc<Censor>)>,
    /// Of the base branch's commit.
    theirs: Option<(String, Arc<Censor>)>,
}

impl Secrets {
    /// Learns the secrets of a workspace, and of what it is compared with; costs nothing if neither has
    /// changed since. Edits that are not saved yet are not looked at.
    pub fn learn(&self, workspace: &Workspace, analysis: &Analysis) {
        let tree = workspace.disk.tree.id();
        let commit = analysis.upstream.as_ref().map(|upstream| upstream.theirs.commit.clone());
        let (old, other) = {
            let known = self.0.read();
            let known = known.get(&workspace.root);
            let same = known.and_then(|known| known.own.as_ref()).is_some_and(|(of, _)| *of == tree);
            let met = known.and_then(|known| known.theirs.as_ref()).map(|(of, _)| of.clone());
            (!same, commit.is_some() && met != commit)
        };
        let own = old.then(|| (tree, Arc::new(crate::secrets::censor(analysis, &workspace.settings.secrets))));
        let theirs = analysis.upstream.as_ref().filter(|_| other).map(|upstream| {
            let theirs = &upstream.theirs;
            (
                theirs.commit.clone(),
                Arc::new(Censor::of(&theirs.world, &theirs.catalog, &[], &workspace.settings.secrets)),
            )
        });
        let mut all = self.0.write();
        let known = all.entry(workspace.root.clone()).or_default();
        known.own = own.or_else(|| known.own.take());
        known.theirs = theirs.or_else(|| known.theirs.take());
    }

    /// Forgets a workspace that was closed.
    pub fn forget(&self, root: &Path) {
        self.0.write().remove(root);
    }

    fn censors(&self) -> Vec<Arc<Censor>> {
        let of = |known: &Known| {
            let (own, theirs) = (known.own.as_ref(), known.theirs.as_ref());
            own.map(|(_, censor)| censor.clone()).into_iter().chain(theirs.map(|(_, censor)| censor.clone()))
        };
        self.0.read().values().flat_map(|known| of(known).collect::<Vec<_>>()).collect()
    }

    /// A message's body without secrets.
    fn hide(&self, body: Vec<u8>) -> Vec<u8> {
        let censors = self.censors();
        if !censors.iter().any(|censor| censor.finds(&body)) {
            return body;
        }
        let Ok(mut message) = serde_json::from_slice::<Value>(&body) else { return body };
        hide(&mut message, &censors, MAX_DEPTH);
        serde_json::to_vec(&message).unwrap_or(body)
    }
}

fn hide(value: &mut Value, censors: &[Arc<Censor>], depth: usize) {
    let Some(depth) = depth.checked_sub(1) else {
        *value = Value::Null;
        return;
    };
    match value {
        Value::String(text) => {
            for censor in censors {
                if let std::borrow::Cow::Owned(hidden) = censor.hide(text) {
                    *text = hidden;
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| hide(item, censors, depth)),
        Value::Object(members) => {
            for (name, member) in members.iter_mut().filter(|(name, _)| !THROUGH.contains(&name.as_str())) {
                // the transport's own words
                if !matches!(name.as_str(), "jsonrpc" | "id" | "method") {
                    hide(member, censors, depth);
                }
            }
        }
        _ => {}
    }
}

/// Copies messages from `input`, which the transport writes, to `output` until one of them ends.
///
/// # Errors
/// Nobody reads any more.
pub async fn pass(
    input: impl AsyncRead + Unpin,
    mut output: impl AsyncWrite + Unpin,
    secrets: Secrets,
) -> std::io::Result<()> {
    let mut input = BufReader::new(input);
    let mut line = String::new();
    let mut due = 0;
    loop {
        line.clear();
        if input.read_line(&mut line).await? == 0 {
            return output.shutdown().await;
        }
        if let Some(length) = line.trim().to_ascii_lowercase().strip_prefix("content-length:") {
            due = length.trim().parse().unwrap_or(0);
        }
        if !line.trim().is_empty() {
            continue;
        }
        let mut body = vec![0; due];
        input.read_exact(&mut body).await?;
        let body = secrets.hide(body);
        output.write_all(format!("Content-Length: {}\r\n\r\n", body.len()).as_bytes()).await?;
        output.write_all(&body).await?;
        output.flush().await?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets() -> Secrets {
        let world = world::World::in_memory([("pillar/a.sls", "password: Cnry7q\n"), ("salt/top.sls", "base: {}\n")]);
        let (memo, stop) = (Arc::new(world::Memo::new()), world::Stop::new());
        let request = model::Request { structural: true, ..model::Request::default() };
        let catalog = model::Catalog::build(&world, &memo, &stop, &request, None).expect("not stopped");
        let censor = Arc::new(Censor::of(&world, &catalog, &[], &[]));
        let secrets = Secrets::default();
        let known = Known { own: Some((world.tree.id(), censor)), theirs: None };
        secrets.0.write().insert(PathBuf::from("/x"), known);
        secrets
    }

    #[tokio::test]
    async fn messages_pass_and_only_edits_keep_secrets() {
        let bodies = [
            (r#"{"id":1,"result":{"contents":"a Cnry7q b"}}"#, r#"{"id":1,"result":{"contents":"a *** b"}}"#),
            (r#"{"id":2,"result":[{"newText":"Cnry7q"}]}"#, r#"{"id":2,"result":[{"newText":"Cnry7q"}]}"#),
            (r#"{"id":3,"result":null}"#, r#"{"id":3,"result":null}"#),
        ];
        let frame = |body: &str| format!("Content-Length: {}\r\n\r\n{body}", body.len());
        let all: String = bodies.iter().map(|(body, _)| frame(body)).collect();
        let mut out = Vec::new();
        pass(all.as_bytes(), &mut out, secrets()).await.expect("it is written");
        let expected: String = bodies.iter().map(|(_, body)| frame(body)).collect();
        assert_eq!(String::from_utf8(out).expect("text"), expected);
    }
}
