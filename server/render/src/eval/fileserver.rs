//! Execution functions that the file server answers: what the state tree holds
//! (`salt/modules/cp.py`, `salt/modules/slsutil.py`). Only for a known minion: without a profile its
//! file server may have further roots.

use std::rc::Rc;
use std::sync::Arc;

use text::TextRange;
use world::{Roots, Stopped};

use super::Evaluator;
use super::scope::Frame;
use crate::PieceKind;
use crate::data::names;
use builtins::Call;
use python::concrete::{boolean, defined, raise, unknown};
use python::output::{HOLE, Piece};
use python::value::{Fragment, Kind, Value};
use python::{Res, iterate, to_str};

/// Whether the file server answers this function.
pub(crate) fn is_answered(name: &str) -> bool {
    matches!(
        name,
        "cp.list_states"
            | "cp.list_master"
            | "cp.list_master_dirs"
            | "cp.cache_file"
            | "cp.cache_dir"
            | "cp.get_file_str"
            | "slsutil.file_exists"
            | "slsutil.dir_exists"
            | "slsutil.path_exists"
            | "slsutil.findup"
            | "state.sls_exists"
    )
}

/// The arguments of one call.
struct Given {
    first: Option<Value>,
    second: Option<Value>,
    env: String,
}

impl<'a> Evaluator<'a> {
    /// `salt[name](…)` over known arguments.
    pub(crate) fn ask_file_server(
        &mut self,
        name: &str,
        values: &[Value],
        keyword: &[smol_str::SmolStr],
        frame: &Rc<Frame<'a>>,
        range: TextRange,
    ) -> Res<Value> {
        if !self.known.has_profile() {
            return unknown("what the minion's file server has is not known");
        }
        let given = self.bind_file_call(name, values, keyword)?;
        let answer = match name {
            "cp.list_states" => names::list_sls(self.reader, self.tree(), &given.env).map(|list| Ok(self.texts(&list))),
            "cp.list_master" => self.paths(&given.env).map(|(files, _)| self.with_prefix(&files, given.first.as_ref())),
            "cp.list_master_dirs" => {
                self.paths(&given.env).map(|(_, folders)| self.with_prefix(&folders, given.first.as_ref()))
            }
            "slsutil.findup" => self.find_up(&given),
            "state.sls_exists" => self.sls_exist(&given),
            "cp.cache_dir" => self.cached_folder(&given, frame, range),
            "cp.cache_file" | "cp.get_file_str" => self.cached_file(name, &given, frame, range),
            _ => self.exists(name, &given),
        };
        answer.unwrap_or_else(|Stopped| {
            self.known.stopped = true;
            unknown("it was cancelled")
        })
    }

    fn bind_file_call(&mut self, name: &str, values: &[Value], keyword: &[smol_str::SmolStr]) -> Res<Given> {
        let count = values.len() - keyword.len();
        let args = values[..count].to_vec();
        let kwargs = keyword.iter().cloned().zip(values[count..].iter().cloned()).collect();
        let cx = Call { heap: &mut self.heap, args, kwargs, knowledge: &mut self.known };
        let function = name.split_once('.').map_or(name, |(_, function)| function);
        let [first, second, env] = match name {
            "cp.list_states" => {
                let [env] = cx.bind(function, 0, ["saltenv"], 0)?;
                [None, None, env]
            }
            "cp.list_master" | "cp.list_master_dirs" => {
                let [env, prefix] = cx.bind(function, 0, ["saltenv", "prefix"], 0)?;
                [prefix, None, env]
            }
            "slsutil.findup" => {
                let [start, wanted, env] = cx.bind(function, 0, ["startpath", "filenames", "saltenv"], 2)?;
                [start, wanted, env]
            }
            "state.sls_exists" => {
                let [sls, _, env] = cx.bind(function, 0, ["mods", "test", "saltenv"], 1)?;
                [sls, None, env]
            }
            _ => {
                let [path, env] = cx.bind(function, 0, ["path", "saltenv"], 1)?;
                [path, None, env]
            }
        };
        for value in [&first, &second, &env].into_iter().flatten() {
            defined(value)?;
        }
        // `saltenv or opts['saltenv'] or 'base'`; in `slsutil` the default is `base`.
        let env = match env.filter(|env| !matches!(env.kind, Kind::None)) {
            Some(env) => to_str(cx.heap, &env)?,
            None if name.starts_with("cp.") || name.starts_with("state.") => {
                let known = self.known.opt("saltenv").and_then(serde_json::Value::as_str);
                known.filter(|env| !env.is_empty()).unwrap_or("base").to_owned()
            }
            None => "base".to_owned(),
        };
        Ok(Given { first, second, env })
    }

    /// Whether a known minion has no function of this name: Salt brings no such module, and the file
    /// server has none that it could have been given.
    pub(crate) fn is_nowhere(&mut self, name: &str) -> bool {
        let Some((module, _)) = name.split_once('.') else { return false };
        if !self.known.has_profile() || self.known.has_calls() || builtins::modules::is_module(module) {
            return false;
        }
        for env in self.tree().keys() {
            match names::list_files(self.reader, self.tree(), env) {
                Ok(files) if files.iter().any(|file| file.starts_with("_modules/")) => return false,
                Ok(_) => {}
                Err(Stopped) => {
                    self.known.stopped = true;
                    return false;
                }
            }
        }
        true
    }

    /// Also functions that pillar SLS call see the state tree.
    fn tree(&self) -> &'a Roots {
        &self.job.minion.file_roots
    }

    /// All files and all folders of a saltenv.
    fn paths(&self, env: &str) -> Result<(Vec<String>, Vec<String>), Stopped> {
        let files = names::list_files(self.reader, self.tree(), env)?;
        let mut folders = std::collections::BTreeSet::new();
        for file in files.iter() {
            let mut rest = file.as_str();
            while let Some((folder, _)) = rest.rsplit_once('/') {
                if !folders.insert(folder.to_owned()) {
                    break;
                }
                rest = folder;
            }
        }
        Ok((files.iter().map(ToString::to_string).collect(), folders.into_iter().collect()))
    }

    fn texts<T: AsRef<str>>(&mut self, texts: &[T]) -> Value {
        let values: Vec<Value> = texts.iter().map(|text| Value::str(text.as_ref())).collect();
        self.heap.list(values)
    }

    fn with_prefix(&mut self, paths: &[String], prefix: Option<&Value>) -> Res<Value> {
        let prefix = match prefix {
            Some(prefix) => to_str(&self.heap, prefix)?.trim_matches('/').to_owned(),
            None => String::new(),
        };
        let found: Vec<&String> = paths.iter().filter(|path| path.starts_with(&prefix)).collect();
        Ok(self.texts(&found))
    }

    fn exists(&mut self, name: &str, given: &Given) -> Result<Res<Value>, Stopped> {
        let (files, folders) = self.paths(&given.env)?;
        // A path that is no text is in no list.
        let Some(path) = given.first.as_ref().and_then(Value::as_str) else { return Ok(Ok(boolean(false))) };
        let is = |list: &[String]| list.iter().any(|one| one == path);
        Ok(Ok(boolean(match name {
            "slsutil.file_exists" => is(&files),
            "slsutil.dir_exists" => is(&folders),
            _ => is(&files) || is(&folders),
        })))
    }

    /// `state.sls_exists`: whether there are SLS of these names, divided by commas; that they render is taken
    /// for granted.
    fn sls_exist(&mut self, given: &Given) -> Result<Res<Value>, Stopped> {
        let Some(names) = given.first.as_ref().and_then(Value::as_str) else {
            return Ok(unknown("state.sls_exists of several SLS"));
        };
        for name in names.split(',') {
            if names::find_sls(self.reader, self.tree(), &given.env, name.trim())?.is_none() {
                return Ok(Ok(boolean(false)));
            }
        }
        Ok(Ok(boolean(true)))
    }

    fn find_up(&mut self, given: &Given) -> Result<Res<Value>, Stopped> {
        let (files, folders) = self.paths(&given.env)?;
        let is = |path: &str| files.iter().chain(&folders).any(|one| one == path);
        let Some(start) = given.first.as_ref().and_then(Value::as_str) else {
            return Ok(unknown("slsutil.findup from what is no path"));
        };
        let mut at = builtins::paths::normpath(start);
        if at == "." {
            at.clear();
        }
        if !start.is_empty() && !is(&at) {
            let message = format!("Starting path not found in the state tree: {at}");
            return Ok(raise("SaltInvocationError", message));
        }
        let wanted: Vec<String> = match &given.second {
            Some(one) if matches!(one.kind, Kind::Str(_)) => one.as_str().map(str::to_owned).into_iter().collect(),
            Some(list) if matches!(list.kind, Kind::List(_)) => match iterate(&mut self.heap, list) {
                Ok(items) => items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect(),
                Err(fail) => return Ok(Err(fail)),
            },
            _ => {
                let message = "Filenames argument must be a string or list of strings";
                return Ok(raise("SaltInvocationError", message));
            }
        };
        loop {
            let full = |file: &String| if at.is_empty() { file.clone() } else { format!("{at}/{file}") };
            if let Some(found) = wanted.iter().map(full).find(|path| is(path)) {
                return Ok(Ok(Value::str(found)));
            }
            if at.is_empty() {
                return Ok(raise("CommandExecutionError", "File pattern(s) not found in path ancestry"));
            }
            at = at.rsplit_once('/').map_or_else(String::new, |(above, _)| above.to_owned());
        }
    }

    /// `cp.cache_file`: where the copy lies on the minion, False if there is no such file; `cp.get_file_str`: its text.
    fn cached_file(
        &mut self,
        name: &str,
        given: &Given,
        frame: &Rc<Frame<'a>>,
        range: TextRange,
    ) -> Result<Res<Value>, Stopped> {
        if let Some(path) = given.first.as_ref().and_then(Value::as_str)
            && !path.starts_with('/')
            && !path.contains("://")
        {
            return Ok(raise("CommandExecutionError", format!("Path '{path}' is not absolute")));
        }
        let Some((path, env)) = salt_url(given) else { return Ok(unknown("a file that is not on the file server")) };
        let Some(file) = names::find_file(self.reader, self.tree(), &env, &path)? else {
            return Ok(Ok(boolean(false)));
        };
        if name == "cp.cache_file" {
            return Ok(Ok(self.cache_path(&path, frame, range)));
        }
        let content = self.reader.content(&file)?;
        let text = content.and_then(|content| String::from_utf8(content.to_vec()).ok());
        Ok(text.map_or_else(|| unknown("the file is no text"), |text| Ok(Value::str(text.replace("\r\n", "\n")))))
    }

    /// `cp.cache_dir`: where the copies lie, in the order of the file list.
    fn cached_folder(&mut self, given: &Given, frame: &Rc<Frame<'a>>, range: TextRange) -> Result<Res<Value>, Stopped> {
        let Some((path, env)) = salt_url(given) else { return Ok(unknown("a folder that is not on the file server")) };
        let prefix = if path.ends_with('/') { path } else { format!("{path}/") };
        let (files, _) = self.paths(&env)?;
        let below: Vec<String> = files.into_iter().filter(|file| file.starts_with(&prefix)).collect();
        let copies: Vec<Value> = below.iter().map(|file| self.cache_path(file, frame, range)).collect();
        Ok(Ok(self.heap.list(copies)))
    }

    /// A path on the minion that ends in `path`.
    fn cache_path(&mut self, path: &str, frame: &Rc<Frame<'a>>, range: TextRange) -> Value {
        let mut text = String::from(HOLE);
        let start = text.len();
        text.push('/');
        text.push_str(path);
        let piece = |at: TextRange, kind: PieceKind| Piece {
            at,
            kind,
            file: frame.source.file,
            range,
            chain: self.chain,
            when: self.when.clone(),
            repeated: self.repeated,
            contributors: self.nothing.clone(),
            site: None,
        };
        let pieces = vec![
            piece(TextRange::of(0, start), PieceKind::Hole("where the minion keeps its copies is not known".into())),
            piece(TextRange::of(start, text.len()), PieceKind::Derived),
        ];
        Kind::Partial(Arc::new(Fragment { text, pieces })).into()
    }
}

/// The path and saltenv of `salt://path?saltenv=env` (`salt.utils.url.split_env`).
fn salt_url(given: &Given) -> Option<(String, String)> {
    let url = given.first.as_ref()?.as_str()?.strip_prefix("salt://")?;
    let (path, env) = match url.split_once("?saltenv=") {
        Some((path, env)) => (path, env.to_owned()),
        None => (url, given.env.clone()),
    };
    Some((path.trim_start_matches('/').to_owned(), env))
}
