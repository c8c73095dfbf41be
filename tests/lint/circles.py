#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""No file refers to one that refers back to it, directly or by way of others.

One object file refers to another when it needs one of its external symbols: a
function that it calls, or one whose address it puts into a table.

circles.py [BUILD]    default build/dev
"""
import json
import os
import shlex
import subprocess
import sys

import source


def objects(build):
    """The object file of each source file of the programs, not the tests."""
    with open(os.path.join(build, "compile_commands.json"),
              encoding="utf-8") as f:
        for c in json.load(f):
            path = os.path.relpath(c["file"], source.TREE)
            if path.startswith(("verify/", "agent/")):
                words = shlex.split(c["command"])
                yield path, os.path.join(
                    c["directory"], words[words.index("-o") + 1])


def symbols(path):
    """Names that an object file defines for others, and those it needs."""
    text = subprocess.run(["nm", "-g", path], stdout=subprocess.PIPE,
                          check=True, universal_newlines=True).stdout
    defined, needed = set(), set()
    for line in text.splitlines():
        kind, name = line.split()[-2:]
        (needed if kind in "Uvw" else defined).add(name)
    return defined - {"main"}, needed


def references(build):
    """{file: {other file: names that it needs of it}}"""
    known = {path: symbols(o) for path, o in objects(build)}
    home = {}
    for path, (defined, _) in known.items():
        for name in defined:
            home.setdefault(name, []).append(path)
    out = {path: {} for path in known}
    for path, (_, needed) in known.items():
        for name in needed:
            for other in home.get(name, []):
                out[path].setdefault(other, set()).add(name)
    return out


def reached(refs, start):
    found, todo = set(), [start]
    while todo:
        for other in refs[todo.pop()]:
            if other not in found:
                found.add(other)
                todo.append(other)
    return found


def main():
    build = sys.argv[1] if len(sys.argv) > 1 else f"{source.TREE}/build/dev"
    refs = references(build)
    reach = {path: reached(refs, path) for path in refs}
    bad, count = 0, 0
    for path in sorted(refs):
        for other, names in sorted(refs[path].items()):
            count += 1
            if path in reach[other]:
                bad += 1
                print(f"{path}: needs {', '.join(sorted(names))} of {other}, "
                      "which needs it in turn")
    print(f"{len(refs)} files, {count} references between them")
    return 1 if bad or count == 0 else 0


sys.exit(main())
