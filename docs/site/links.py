"""A hook of mkdocs: links from a page to a file of the repository outside of docs/ lead to the repository on the web;
one whose file is missing is a warning, which `--strict` turns into a failure."""
import logging
import pathlib
import posixpath
import re

TOP = pathlib.Path(__file__).resolve().parents[2]
WEB = "https://github.com/saltflow/saltflow/blob/main/"
LOG = logging.getLogger("mkdocs.hooks.links")


def on_page_markdown(markdown, page, **_):
    folder = posixpath.join("docs", posixpath.dirname(page.file.src_uri))

    def replace(match):
        target, _, anchor = match.group(1).partition("#")
        path = posixpath.normpath(posixpath.join(folder, target))
        if path.startswith("docs/"):
            return match.group(0)
        if not (TOP / path).exists():
            LOG.warning("%s links to %s, which is not in the repository", page.file.src_uri, path)
        return f"]({WEB}{path}{'#' + anchor if anchor else ''})"

    return re.sub(r"\]\((\.\./[^)\s]+)\)", replace, markdown)
