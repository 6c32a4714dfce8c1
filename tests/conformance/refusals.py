"""Whether saltflow refuses what Salt refuses: the same condition in Salt's words, in the same file."""

import re

# What Salt says besides, of things that it has refused already.
ECHOES = (
    "Error when rendering state with contents",
    "ID include in SLS",
    "The type include in",
    "ID extend in SLS",
    "The type extend in",
    "ID exclude in SLS",
    "The type exclude in",
)
HEADS = re.compile(
    r"^(?:[A-Za-z]+(?:Error|Exception|Exit|Interrupt): (?=\S)|Rendering SLS '[^']*' failed: |Rendering SLS \S+ failed, render error: ?|"
    r"Rendering SLS '[^']*' failed, render error:\n|Rendering Primary Top file failed, render error:\n|Pillar render error: )"
)
MACRO = re.compile(r"^(/\S+)\(\d+\):$", re.MULTILINE)
YAML_PLACE = re.compile(r'^\s*in "<unicode string>", line|^while |^expected a single document')


def sentence(message):
    """The words that say what is wrong: without exception names, places, traces and excerpts."""
    while HEADS.match(message):
        message = HEADS.sub("", message)
    message = message.split("\nTraceback (most recent call last)")[0]
    message = re.split(r"; line \d+\n|; line \d+$", message)[0]
    message = MACRO.split(message)[0]
    message = re.sub(r": line \d+ column \d+ \(char \d+\)", "", message)
    # what `pillar_safe_render_error` leaves of it
    message = message.replace(". Please see master log for details.", "")
    message = re.sub(r"(found unacceptable key) \[.*", r"\1", message, flags=re.DOTALL)
    # wrappers of a pillar
    message = re.sub(r"'salt\.utils\.(optsdict\.DictProxy|context\.NamespacedDictWrapper) object'", "'dict object'", message)
    lines = [line for line in message.splitlines() if not YAML_PLACE.match(line)]
    return " ".join(" ".join(lines).split())


def named_in(message, paths):
    """The files that Salt's message names, itself or by the names of SLS; `paths`: SLS name -> file."""
    names = re.findall(r"SLS '(?:[\w-]+:)?([^']+)'|SLS \[([^\]]+)\]|in '[\w-]+:([^']+)'|'SLS': '([^']+)'", message)
    return {paths[name] for group in names for name in group if name in paths}


def unsaid(ours, refused, paths):
    """Salt's refusals (`{"message", "paths"}`) that are not among saltflow's errors, as lines."""
    lines = []
    for error in refused:
        words = sentence(error["message"])
        if words.startswith(ECHOES):
            continue
        quoting = [own for own in ours if words in " ".join(own["message"].split())]
        files = set(error["paths"]) | named_in(error["message"], paths)
        if not quoting:
            said = [f"{own['message']} ({own['path']})" for own in ours]
            lines.append(f"Salt says {words!r}, saltflow {said}")
        elif files and not any(own["path"] in files and own["range"] for own in quoting):
            places = [(own["path"], own["range"]) for own in quoting]
            lines.append(f"Salt says {words!r} of {sorted(files)}, saltflow of {places}")
    return lines
