# SPDX-License-Identifier: Apache-2.0
"""Shared functions of the lints: the C files of the tree and their bare code."""
import os
import re

TREE = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
TOKEN = re.compile(
    r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def c_files(*folders):
    """The C files of folders. A folder without C files ends the lint: it would
    pass without a check."""
    found = []
    for folder in folders:
        before = len(found)
        for at, below, names in os.walk(os.path.join(TREE, folder)):
            below.sort()
            found += [os.path.relpath(os.path.join(at, name), TREE)
                      for name in sorted(names) if name.endswith((".c", ".h"))]
        if len(found) == before:
            raise SystemExit(f"{folder}: has no C files")
    return found


def read(path):
    with open(os.path.join(TREE, path), encoding="utf-8") as f:
        return f.read()


def code(path):
    """(line number, line) without comments and without string contents."""
    def blank(m):
        return re.sub(r"[^\n]", " ", m.group())
    return enumerate(TOKEN.sub(blank, read(path)).split("\n"), 1)
