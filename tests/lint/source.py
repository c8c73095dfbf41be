# SPDX-License-Identifier: Apache-2.0
"""What the checks share: the C files of the tree and their bare code."""
import os
import re

TREE = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
TOKEN = re.compile(
    r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def c_files(*folders):
    """A folder without any is a check that looks at nothing."""
    found = []
    for folder in folders:
        before = len(found)
        for at, below, names in os.walk(os.path.join(TREE, folder)):
            below.sort()
            found += [os.path.relpath(os.path.join(at, name), TREE)
                      for name in sorted(names) if name.endswith((".c", ".h"))]
        if len(found) == before:
            raise SystemExit(f"{folder}: no C files there")
    return found


def read(path):
    with open(os.path.join(TREE, path), encoding="utf-8") as f:
        return f.read()


def code(path):
    """(line number, line) without comments and the insides of literals."""
    def blank(m):
        return re.sub(r"[^\n]", " ", m.group())
    return enumerate(TOKEN.sub(blank, read(path)).split("\n"), 1)
