#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Calls that have no place in the tree, each with its reason."""
import re
import sys

import source

BANNED = {
    "strcpy strcat stpcpy sprintf vsprintf gets": "knows no ceiling",
    "strtok": "keeps its state in a global",
    "atoi atol atoll atof": "overflow and rubbish pass as a number",
    "system popen": "runs a shell",
    "alloca": "a peer's length becomes a stack pointer",
    "tmpnam tempnam mktemp": "names a file that another may make first",
    "rand srand random": "is predictable",
}
IN_TESTS = {"assert": "vanishes with NDEBUG, and the check with it"}


def patterns():
    rows = dict(BANNED)
    rows.update(IN_TESTS)
    for names, why in rows.items():
        for name in names.split():
            yield name, re.compile(rf"(?<![\w.>]){name}\s*\("), why


def main():
    bad, rows = 0, list(patterns())
    for path in source.c_files("include", "verify", "agent", "tests"):
        for number, line in source.code(path):
            for name, pattern, why in rows:
                if name in IN_TESTS and path.startswith("tests/"):
                    continue
                if pattern.search(line):
                    bad += 1
                    print(f"{path}:{number}: {name}() {why}")
    return 1 if bad else 0


sys.exit(main())
