"""A small client of a language server on stdio: requests in order, documents in full."""
import json
import os
import pathlib
import subprocess
import urllib.parse


class Server:
    """A running `saltflow lsp` over one folder."""

    def __init__(self, binary, folder):
        self.folder = pathlib.Path(folder).resolve()
        self.process = subprocess.Popen(
            [binary, "lsp"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=self.folder)
        self.last = 0
        self.version = 0
        self.ask("initialize", {
            "processId": os.getpid(), "rootUri": self.uri(""), "capabilities": {
                "general": {"positionEncodings": ["utf-8"]},
                "textDocument": {"completion": {"completionItem": {
                    "resolveSupport": {"properties": ["documentation"]}, "documentationFormat": ["markdown"]}}}},
            "workspaceFolders": [{"uri": self.uri(""), "name": "tree"}]})
        self.tell("initialized", {})

    def uri(self, path):
        return "file://" + urllib.parse.quote(str(self.folder / path).rstrip("/"))

    def path(self, uri):
        """The path below the folder."""
        return os.path.relpath(urllib.parse.unquote(uri.removeprefix("file://")), self.folder)

    def _send(self, message):
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()

    def _read(self):
        length = 0
        while (line := self.process.stdout.readline().strip()):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        if not length:
            raise EOFError(f"the server ended with {self.process.wait(20)}")
        return json.loads(self.process.stdout.read(length))

    def tell(self, method, params):
        self._send({"method": method, "params": params})

    def ask(self, method, params):
        """The result of a request; `None` for an error. What the server asks meanwhile is declined."""
        self.last += 1
        self._send({"id": self.last, "method": method, "params": params})
        while True:
            message = self._read()
            if message.get("id") == self.last and "method" not in message:
                return message.get("result")
            if "id" in message and "method" in message:
                nothing = [None] * len(message.get("params", {}).get("items", [])) or None
                self._send({"id": message["id"], "result": nothing})

    def open(self, path, text):
        document = {"uri": self.uri(path), "languageId": "sls", "version": 0, "text": text}
        self.tell("textDocument/didOpen", {"textDocument": document})

    def change(self, path, text):
        self.version += 1
        document = {"uri": self.uri(path), "version": self.version}
        self.tell("textDocument/didChange", {"textDocument": document, "contentChanges": [{"text": text}]})

    def close(self, path):
        self.tell("textDocument/didClose", {"textDocument": {"uri": self.uri(path)}})

    def definition(self, path, line, column):
        """Places as (path, line)."""
        found = self.ask("textDocument/definition", self._at(path, line, column)) or []
        found = [found] if isinstance(found, dict) else found
        places = [(one.get("uri") or one["targetUri"], one.get("range") or one["targetSelectionRange"]) for one in found]
        return [(self.path(uri), span["start"]["line"]) for uri, span in places]

    def references(self, path, line, column):
        params = {**self._at(path, line, column), "context": {"includeDeclaration": True}}
        found = self.ask("textDocument/references", params) or []
        return {(self.path(one["uri"]), one["range"]["start"]["line"]) for one in found}

    def completion(self, path, line, column):
        """Labels in the order that the server wants them shown in."""
        found = self.ask("textDocument/completion", self._at(path, line, column)) or []
        items = found if isinstance(found, list) else found["items"]
        return [item["label"] for item in sorted(items, key=lambda item: item.get("sortText") or item["label"])]

    def _at(self, path, line, column):
        return {"textDocument": {"uri": self.uri(path)}, "position": {"line": line, "character": column}}

    def end(self):
        self.ask("shutdown", None)
        self.tell("exit", None)
        self.process.wait(20)
