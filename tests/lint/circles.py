#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The references between files have no circles, direct or indirect.

An object file refers to another if it needs one of its external symbols: it
calls a function, or puts its address into a table. A file without an object,
or with an object older than the file, cannot be judged: that is an error, too.

circles.py [BUILD [TREE]]    default build/dev, of this tree
"""
import json
import os
import shlex
import subprocess
import sys

import source

bad = 0


def wrong(place, text):
    global bad
    bad += 1
    print(f"{place}: {text}")


def commands(build):
    """(file, words of the command, directory) of each compiled file"""
    path = os.path.join(build, "compile_commands.json")
    try:
        with open(path, encoding="utf-8") as f:
            entries = json.load(f)
    except (OSError, ValueError) as e:
        why = getattr(e, "strerror", e)
        raise SystemExit(f"{path}: {why}: configure and build first")
    tree = os.path.realpath(source.TREE)
    for c in entries:
        at = c["directory"]
        file = os.path.realpath(os.path.join(at, c["file"]))
        yield (os.path.relpath(file, tree),
               c.get("arguments") or shlex.split(c["command"]), at)


def object_of(path, words, at):
    if "-o" in words[:-1]:
        return os.path.join(at, words[words.index("-o") + 1])
    return os.path.join(at, os.path.basename(path)[:-2] + ".o")


def fault_of(path, words, obj):
    """Why the object does not show the references of the file, or None."""
    text = os.path.join(source.TREE, path)
    if any(w.startswith("-flto") for w in words):
        return "compiled with -flto, which hides the references: build without"
    if not os.path.exists(obj):
        return f"{obj}: not found: build first"
    if os.path.getmtime(obj) < os.path.getmtime(text):
        return f"newer than {obj}: build first"
    return None


def objects(build):
    """{file: its object} of the programs, without their tests"""
    found = {}
    for path, words, at in commands(build):
        if not path.startswith(("verify/", "agent/")):
            continue
        obj = object_of(path, words, at)
        why = fault_of(path, words, obj)
        if why is None:
            found[path] = obj
        else:
            found[path] = None
            wrong(path, why)
    for path in source.c_files("verify", "agent"):
        if path.endswith(".c") and path not in found:
            wrong(path, f"not in {build}: add it to a CMakeLists.txt")
    return {path: obj for path, obj in found.items() if obj is not None}


def symbols(path, obj):
    """The external names that an object file defines, and those it needs."""
    nm = subprocess.run(["nm", "-gP", obj], stdout=subprocess.PIPE,
                        stderr=subprocess.PIPE, universal_newlines=True)
    if nm.returncode != 0 or nm.stderr:
        wrong(path, nm.stderr.strip())
        return set(), set()
    defined, needed = set(), set()
    for line in nm.stdout.splitlines():
        name, kind = line.split()[:2]
        # v and w: weak symbols that this object does not define
        (needed if kind in "Uvw" else defined).add(name)
    return defined, needed


def references(build):
    """{file: {other file: names that the file needs from it}}"""
    known = {path: symbols(path, obj) for path, obj in objects(build).items()}
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
    source.TREE = sys.argv[2] if len(sys.argv) > 2 else source.TREE
    refs = references(build)
    reach = {path: reached(refs, path) for path in refs}
    count = 0
    for path in sorted(refs):
        for other, names in sorted(refs[path].items()):
            count += 1
            if path in reach[other]:
                wrong(path, f"needs {', '.join(sorted(names))} of {other}, "
                      "which refers back to it")
    if count == 0:
        wrong(build, "no object refers to another: build first")
    print(f"{len(refs)} files, {count} references between them")
    return 1 if bad else 0


sys.exit(main())
