#!/usr/bin/env python3
"""What the binary is made of: `notices.py METADATA.json NOTICES.txt SBOM.json VERSION`.

Reads `cargo metadata`, follows the normal dependencies of the package `saltflow`, writes the licence texts of each crate
for people and a CycloneDX 1.5 document for machines. A crate without a licence is an error.
"""
import json
import pathlib
import sys


def main():
    metadata_path, notices_path, sbom_path, version = sys.argv[1:5]
    metadata = json.loads(pathlib.Path(metadata_path).read_text())
    packages = {package["id"]: package for package in metadata["packages"]}
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    root = next(id for id, package in packages.items() if package["name"] == "saltflow")
    seen, work = set(), [root]
    while work:
        id = work.pop()
        if id in seen:
            continue
        seen.add(id)
        for dependency in nodes[id]["deps"]:
            if any(kind["kind"] is None for kind in dependency["dep_kinds"]):
                work.append(dependency["pkg"])
    ours = set(metadata["workspace_members"])
    others = sorted((packages[id] for id in seen - ours), key=lambda package: (package["name"], package["version"]))
    without = [package["name"] for package in others if not package["license"] and not package["license_file"]]
    if without:
        sys.exit("no licence is declared by: " + ", ".join(without))

    parts = [f"saltflow {version} contains the following software.\n"]
    for package in others:
        parts.append("=" * 78)
        parts.append(f"{package['name']} {package['version']} ({package['license'] or 'see the text'})")
        if package["repository"]:
            parts.append(package["repository"])
        folder = pathlib.Path(package["manifest_path"]).parent
        names = ("LICENSE*", "LICENCE*", "COPYING*", "NOTICE*")
        texts = sorted({path for name in names for path in folder.glob(name) if path.is_file()})
        for path in texts:
            parts.append(f"\n-- {path.name}\n")
            parts.append(path.read_text(encoding="utf-8", errors="replace").strip())
        parts.append("")
    pathlib.Path(notices_path).write_text("\n".join(parts))

    def component(package):
        entry = {"type": "library", "name": package["name"], "version": package["version"],
                 "purl": f"pkg:cargo/{package['name']}@{package['version']}"}
        if package["license"]:
            entry["licenses"] = [{"expression": package["license"].replace("/", " OR ")}]
        return entry

    sbom = {
        "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
        "metadata": {"component": {"type": "application", "name": "saltflow", "version": version}},
        "components": [component(package) for package in others],
    }
    pathlib.Path(sbom_path).write_text(json.dumps(sbom, indent=1) + "\n")
    print(f"{len(others)} crates in the notices", file=sys.stderr)


if __name__ == "__main__":
    main()
