//! A language client over stdio. It owns the protocol's manners (handshake, answers to the server's
//! requests, time limits) and fails on leftovers: messages that nobody asked for, a wrong exit
//! status, panics on stderr.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// Longer than anything takes, also on a busy machine: only failures wait for it.
const PATIENCE: Duration = Duration::from_secs(120);

/// What a client is and can do.
#[derive(Clone)]
pub struct Setup {
    /// `workspaceFolders`.
    pub folders: Vec<String>,
    /// Its `positionEncodings`; empty: it knows none but UTF-16.
    pub encodings: Vec<&'static str>,
    /// Pulls diagnostics, and takes refreshes.
    pub pulls: bool,
    /// Shows progress.
    pub progress: bool,
    /// Registers file watchers.
    pub watches: bool,
    /// Its answer to `workspace/configuration`; `None`: it does not know that request.
    pub configuration: Option<Value>,
    /// `SALTFLOW_LOG`.
    pub log: Option<&'static str>,
    /// What it can do of docs/lsp-extensions.md, and edit and create files.
    pub extended: bool,
    /// `initializationOptions`.
    pub options: Value,
    /// `processId`.
    pub process: Value,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            folders: Vec::new(),
            encodings: Vec::new(),
            pulls: false,
            progress: false,
            watches: false,
            configuration: None,
            extended: false,
            log: None,
            options: Value::Null,
            process: Value::Null,
        }
    }
}

impl Setup {
    /// A client with one folder open that gets diagnostics pushed.
    pub fn on(folder: &Path) -> Self {
        Self { folders: vec![uri(folder)], ..Self::default() }
    }

    /// The same, but it knows all of docs/lsp-extensions.md.
    pub fn extended(folder: &Path) -> Self {
        Self { extended: true, ..Self::on(folder) }
    }

    /// The same, but it pulls.
    pub fn pulling(folder: &Path) -> Self {
        Self { pulls: true, ..Self::on(folder) }
    }
}

/// The URI of a file.
pub fn uri(path: &Path) -> String {
    url::Url::from_file_path(path).expect("an absolute path").into()
}

/// A running server with a client at its other end.
pub struct Client {
    child: Child,
    stdin: Option<ChildStdin>,
    inbox: Receiver<Value>,
    stderr: Option<JoinHandle<String>>,
    setup: Setup,
    next: i64,
    /// Requests without an answer yet.
    open: BTreeSet<i64>,
    answers: BTreeMap<i64, Value>,
    notifications: VecDeque<Value>,
    /// Methods of the server's requests, in order.
    pub asked: Vec<String>,
    /// Progress that was begun and not ended.
    progress: BTreeSet<String>,
    /// Titles of progress that was ended.
    pub finished: Vec<String>,
    /// Every message that the server sent.
    pub heard: Vec<Value>,
    /// What the server wrote to stderr, once it has ended.
    pub said: String,
    /// What the server answered to `initialize`.
    pub server: Value,
    done: bool,
    _home: tempfile::TempDir,
}

impl Client {
    /// Starts a server and says nothing yet.
    pub fn silent(setup: Setup) -> Self {
        let home = tempfile::tempdir().expect("a home");
        let mut child = Command::new(env!("CARGO_BIN_EXE_saltflow"))
            .arg("lsp")
            .env("HOME", home.path())
            .env("XDG_CONFIG_HOME", home.path())
            .env_remove("SALTFLOW_LOG")
            .envs(setup.log.map(|log| ("SALTFLOW_LOG", log)))
            .current_dir(home.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the server starts");
        let (outbox, inbox) = channel();
        let mut stdout = BufReader::new(child.stdout.take().expect("stdout"));
        std::thread::spawn(move || {
            while let Some(message) = receive(&mut stdout) {
                if outbox.send(message).is_err() {
                    return;
                }
            }
        });
        let mut errors = child.stderr.take().expect("stderr");
        let stderr = std::thread::spawn(move || {
            let mut text = Vec::new();
            let _ = errors.read_to_end(&mut text);
            String::from_utf8_lossy(&text).into_owned()
        });
        Self {
            stdin: child.stdin.take(),
            child,
            inbox,
            stderr: Some(stderr),
            setup,
            next: 0,
            open: BTreeSet::new(),
            answers: BTreeMap::new(),
            notifications: VecDeque::new(),
            asked: Vec::new(),
            progress: BTreeSet::new(),
            finished: Vec::new(),
            heard: Vec::new(),
            said: String::new(),
            server: Value::Null,
            done: false,
            _home: home,
        }
    }

    /// Starts a server and shakes hands.
    pub fn start(setup: Setup) -> Self {
        let mut client = Self::silent(setup);
        client.initialize();
        client
    }

    /// Shakes hands.
    pub fn initialize(&mut self) {
        let setup = self.setup.clone();
        let folders: Vec<Value> = setup.folders.iter().map(|uri| json!({"uri": uri, "name": "folder"})).collect();
        let mut capabilities = json!({
            "window": {"workDoneProgress": setup.progress},
            "workspace": {
                "configuration": setup.configuration.is_some(),
                "workspaceFolders": true,
                "didChangeWatchedFiles": {"dynamicRegistration": setup.watches},
                "diagnostics": {"refreshSupport": setup.pulls},
            },
            "textDocument": {"documentSymbol": {"hierarchicalDocumentSymbolSupport": true}},
            "general": {},
        });
        if setup.pulls {
            capabilities["textDocument"]["diagnostic"] = json!({});
        }
        if setup.extended {
            capabilities["experimental"] = json!({"saltflow": {"documents": true, "status": true, "openDiff": true}});
            capabilities["workspace"]["workspaceEdit"] =
                json!({"documentChanges": true, "resourceOperations": ["create", "rename", "delete"]});
            capabilities["textDocument"]["codeAction"] = json!({
                "codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix"]}},
                "dataSupport": true,
                "disabledSupport": true,
                "resolveSupport": {"properties": ["edit"]},
            });
        }
        if !setup.encodings.is_empty() {
            capabilities["general"]["positionEncodings"] = json!(setup.encodings);
        }
        self.server = self.call(
            "initialize",
            json!({
                "processId": setup.process,
                "capabilities": capabilities,
                "workspaceFolders": folders,
                "initializationOptions": setup.options,
            }),
        );
        self.notify("initialized", json!({}));
    }

    /// Sends bytes as they are.
    pub fn raw(&mut self, bytes: &[u8]) {
        let stdin = self.stdin.as_mut().expect("stdin is open");
        stdin.write_all(bytes).and_then(|()| stdin.flush()).expect("the server reads");
    }

    fn send(&mut self, message: &Value) {
        let body = message.to_string();
        self.raw(format!("Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes());
    }

    /// Sends a notification.
    pub fn notify(&mut self, method: &str, params: Value) {
        let message = match params {
            Value::Null => json!({"jsonrpc": "2.0", "method": method}),
            params => json!({"jsonrpc": "2.0", "method": method, "params": params}),
        };
        self.send(&message);
    }

    /// Sends a request; its answer is fetched by [`Client::wait`].
    pub fn request(&mut self, method: &str, params: Value) -> i64 {
        self.next += 1;
        let mut message = json!({"jsonrpc": "2.0", "id": self.next, "method": method});
        if !params.is_null() {
            message["params"] = params;
        }
        self.open.insert(self.next);
        self.send(&message);
        self.next
    }

    /// The answer to a request: its result, or the error's code.
    pub fn wait(&mut self, id: i64) -> Result<Value, i64> {
        assert!(self.open.contains(&id), "request {id} was answered already");
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(mut answer) = self.answers.remove(&id) {
                self.open.remove(&id);
                return match answer["error"]["code"].as_i64() {
                    Some(code) => Err(code),
                    None => Ok(answer["result"].take()),
                };
            }
            self.take_one(deadline, &format!("the answer to request {id}"));
        }
    }

    /// Asks and waits for the result.
    pub fn call(&mut self, method: &str, params: Value) -> Value {
        let id = self.request(method, params);
        self.wait(id).unwrap_or_else(|code| panic!("{method} failed with {code}"))
    }

    /// Asks and waits for the error.
    pub fn refused(&mut self, method: &str, params: Value) -> i64 {
        let id = self.request(method, params);
        self.wait(id).expect_err(method)
    }

    /// Waits for a notification that `wanted` accepts; others stay.
    pub fn notified<T>(&mut self, method: &str, wanted: impl Fn(&Value) -> Option<T>) -> T {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let found = self.notifications.iter().enumerate().find_map(|(at, message)| {
                let is_it = message["method"] == method;
                is_it.then(|| wanted(&message["params"])).flatten().map(|found| (at, found))
            });
            if let Some((at, found)) = found {
                self.notifications.remove(at);
                return found;
            }
            self.take_one(deadline, method);
        }
    }

    /// Takes in what comes until `done`.
    pub fn until(&mut self, what: &str, mut done: impl FnMut(&mut Self) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !done(self) {
            assert!(Instant::now() < deadline, "still not: {what}");
            self.take_some(Duration::from_millis(50));
        }
    }

    /// Takes in what comes within `time`.
    pub fn take_some(&mut self, time: Duration) {
        let deadline = Instant::now() + time;
        while let Ok(message) = self.inbox.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            self.take(message);
        }
    }

    /// How many notifications of a method came that nobody fetched.
    pub fn unread(&self, method: &str) -> usize {
        self.notifications.iter().filter(|message| message["method"] == method).count()
    }

    fn take_one(&mut self, deadline: Instant, what: &str) {
        match self.inbox.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(message) => self.take(message),
            Err(RecvTimeoutError::Timeout) => panic!("no {what} within {PATIENCE:?}"),
            Err(RecvTimeoutError::Disconnected) => panic!("the server ended before {what}: {}", self.errors()),
        }
    }

    fn take(&mut self, message: Value) {
        self.heard.push(message.clone());
        let is_request = message.get("id").is_some() && message.get("method").is_some();
        if is_request {
            self.answer(&message);
        } else if message.get("method").is_some() {
            self.take_notification(message);
        } else {
            // an error about a message that could not be read has no id
            let Some(id) = message["id"].as_i64() else {
                self.notifications.push_back(json!({"method": "error", "params": message["error"]["code"]}));
                return;
            };
            assert!(self.open.contains(&id), "an answer that nobody asked for: {message}");
            assert!(self.answers.insert(id, message).is_none(), "request {id} is answered twice");
        }
    }

    fn take_notification(&mut self, message: Value) {
        if message["method"] != "$/progress" {
            self.notifications.push_back(message);
            return;
        }
        let (token, value) = (message["params"]["token"].to_string(), &message["params"]["value"]);
        match value["kind"].as_str() {
            Some("begin") => assert!(self.progress.contains(&token), "progress without a token: {message}"),
            Some("end") => {
                assert!(self.progress.remove(&token), "progress ends twice: {message}");
                self.finished.push(token);
            }
            _ => {}
        }
    }

    fn answer(&mut self, message: &Value) {
        let method = message["method"].as_str().unwrap_or_default().to_owned();
        let result = match method.as_str() {
            "workspace/configuration" => {
                let settings = self.setup.configuration.clone().expect("the client does not know configurations");
                let items = message["params"]["items"].as_array().map_or(0, Vec::len);
                Value::Array(vec![settings; items])
            }
            "window/workDoneProgress/create" => {
                assert!(self.setup.progress, "the client shows no progress");
                self.progress.insert(message["params"]["token"].to_string());
                Value::Null
            }
            "client/registerCapability" => {
                assert!(self.setup.watches, "the client registers nothing");
                Value::Null
            }
            "workspace/diagnostic/refresh" => {
                assert!(self.setup.pulls, "the client pulls nothing");
                Value::Null
            }
            other => panic!("the server asks what no client knows: {other}"),
        };
        self.asked.push(method);
        self.send(&json!({"jsonrpc": "2.0", "id": message["id"], "result": result}));
    }

    /// Changes the answer to `workspace/configuration`.
    pub fn configure(&mut self, settings: Value) {
        self.setup.configuration = Some(settings);
    }

    // -- documents --

    /// Opens a document with version 1.
    pub fn open(&mut self, path: &Path, text: &str) {
        let item = json!({"uri": uri(path), "languageId": "sls", "version": 1, "text": text});
        self.notify("textDocument/didOpen", json!({"textDocument": item}));
    }

    /// Replaces a range (`[line, column, line, column]`) of a document.
    pub fn edit(&mut self, path: &Path, version: i32, range: [u32; 4], text: &str) {
        let [line, column, end_line, end_column] = range;
        let start = json!({"line": line, "character": column});
        let end = json!({"line": end_line, "character": end_column});
        self.change(path, version, json!([{"range": {"start": start, "end": end}, "text": text}]));
    }

    /// Replaces a document's text.
    pub fn replace(&mut self, path: &Path, version: i32, text: &str) {
        self.change(path, version, json!([{"text": text}]));
    }

    /// Sends changes as they are.
    pub fn change(&mut self, path: &Path, version: i32, changes: Value) {
        let document = json!({"uri": uri(path), "version": version});
        self.notify("textDocument/didChange", json!({"textDocument": document, "contentChanges": changes}));
    }

    /// Closes a document.
    pub fn close(&mut self, path: &Path) {
        self.notify("textDocument/didClose", json!({"textDocument": {"uri": uri(path)}}));
    }

    /// The names in a document's outline with where they stand, as `name line:column-column`.
    pub fn symbols(&mut self, path: &Path) -> Vec<String> {
        let answer = self.call("textDocument/documentSymbol", json!({"textDocument": {"uri": uri(path)}}));
        outline(&answer)
    }

    /// Waits until a document's outline is `expected`: for what follows from the disk.
    pub fn until_symbols(&mut self, path: &Path, expected: &[&str]) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let found = self.symbols(path);
            if found == expected {
                return;
            }
            assert!(Instant::now() < deadline, "{} has {found:?}, not {expected:?}", path.display());
            self.take_some(Duration::from_millis(50));
        }
    }

    /// Waits for pushed diagnostics of `path` whose codes are `expected`.
    pub fn until_pushed(&mut self, path: &Path, expected: &[&str]) {
        let uri = uri(path);
        self.notified("textDocument/publishDiagnostics", |params| {
            (params["uri"] == uri.as_str() && codes(&params["diagnostics"]) == expected).then_some(())
        });
    }

    /// Waits until the status bar says `expected`.
    pub fn until_status(&mut self, expected: &str) -> Value {
        self.notified("saltflow/status", |params| (params["text"] == expected).then(|| params.clone()))
    }

    /// Waits for the pushed finding of `path` with `code`, which must be its only one.
    pub fn finding(&mut self, path: &Path, code: &str) -> Value {
        let uri = uri(path);
        self.notified("textDocument/publishDiagnostics", |params| {
            let found = params["uri"] == uri.as_str() && codes(&params["diagnostics"]) == [code];
            found.then(|| params["diagnostics"][0].clone())
        })
    }

    /// Pulls a document's diagnostics.
    pub fn pull(&mut self, path: &Path, previous: Option<&str>) -> Value {
        let params = json!({"textDocument": {"uri": uri(path)}, "previousResultId": previous});
        loop {
            let id = self.request("textDocument/diagnostic", params.clone());
            match self.wait(id) {
                Ok(answer) => return answer,
                Err(code) => assert_eq!(code, -32_802, "only ServerCancelled asks to pull again"),
            }
        }
    }

    // -- the end --

    /// Ends the session as the protocol asks, and fails on leftovers.
    pub fn finish(mut self) {
        self.call("shutdown", Value::Null);
        self.notify("exit", Value::Null);
        assert_eq!(self.ended(), 0, "exit after shutdown");
    }

    /// Waits for the server's end, fails on leftovers, and gives the exit status.
    pub fn ended(&mut self) -> i32 {
        let deadline = Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("the server can be waited for") {
                break status;
            }
            assert!(Instant::now() < deadline, "the server does not end");
            self.take_some(Duration::from_millis(10));
        };
        while let Ok(message) = self.inbox.recv_timeout(PATIENCE) {
            self.take(message);
        }
        self.done = true;
        let errors = self.errors();
        self.said.clone_from(&errors);
        assert!(!errors.contains("panicked"), "the server panicked: {errors}");
        assert!(self.answers.is_empty(), "answers that nobody fetched: {:?}", self.answers);
        let silent = |message: &&Value| {
            !["textDocument/publishDiagnostics", "saltflow/status"].contains(&message["method"].as_str().unwrap_or(""))
        };
        let rest: Vec<&Value> = self.notifications.iter().filter(silent).collect();
        assert!(rest.is_empty(), "messages that nobody expected: {rest:?}");
        status.code().unwrap_or(-1)
    }

    /// Closes the server's stdin.
    pub fn hang_up(&mut self) {
        self.stdin = None;
    }

    /// What the server wrote to stderr, once it has ended.
    fn errors(&mut self) -> String {
        let _ = self.child.kill();
        self.stderr.take().and_then(|errors| errors.join().ok()).unwrap_or_default()
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        if self.done {
            return;
        }
        let errors = self.errors();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("the server said: {errors}");
        } else {
            panic!("the session was not ended");
        }
    }
}

/// The names in an outline with where they stand, outermost only.
pub fn outline(answer: &Value) -> Vec<String> {
    let symbols = answer.as_array().map_or(&[][..], Vec::as_slice);
    let one = |symbol: &Value| {
        let range = &symbol["selectionRange"];
        let (line, from, to) = (&range["start"]["line"], &range["start"]["character"], &range["end"]["character"]);
        format!("{} {line}:{from}-{to}", symbol["name"].as_str().unwrap_or_default())
    };
    symbols.iter().map(one).collect()
}

/// The codes of diagnostics.
pub fn codes(diagnostics: &Value) -> Vec<&str> {
    diagnostics.as_array().into_iter().flatten().filter_map(|one| one["code"].as_str()).collect()
}

fn receive(stdout: &mut impl BufRead) -> Option<Value> {
    let mut length = None;
    loop {
        let mut line = String::new();
        if stdout.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim_end().split_once(": ") {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => length = value.parse().ok(),
            Some(_) => {}
            None => break,
        }
    }
    let mut body = vec![0; length?];
    stdout.read_exact(&mut body).ok()?;
    Some(serde_json::from_slice(&body).expect("the server writes JSON"))
}
