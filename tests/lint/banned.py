#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""No C file calls a banned function; each banned function has its reason."""
import re
import sys

import source

BANNED = {
    "strcpy strcat stpcpy sprintf vsprintf gets":
        "has no limit: use snprintf() or a buffer of pratique/bytes.h",
    "strtok": "keeps its state in a global: use strtok_r() or a cursor",
    "atoi atol atoll atof":
        "accepts overflow and trailing bytes: use strtoul() with checks",
    "system popen": "runs a shell: use execve()",
    "alloca": "moves the stack by a peer's length: use malloc()",
    "tmpnam tempnam mktemp":
        "names a file that another process may create first: use mkstemp()",
    "rand srand random": "is predictable: use getrandom()",
}
IN_TESTS = {"assert": "disappears with NDEBUG: write an if statement"}


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
