#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Few functions have a name of one word: a name says verb and noun.

A name is one word if it has no underscore after an optional pq_, and no capital
letter inside, as libFuzzer's name has. Of all functions that the C files of the
agent, the library and the tests define, 5 % may have such a name (usage, main).

names.py [TREE]    default this tree
"""
import os
import re
import sys

import source

LIMIT = 5  # per cent
# KNF: the name begins its line, and the body follows the parameters
FUNCTION = re.compile(r"^(?!__attribute__)([A-Za-z_]\w*)\([^;{}]*\)\s*\{",
                      re.M)


def functions():
    """(file, name) of each function that a C file defines"""
    for path in source.c_files("agent", "verify", "tests"):
        if path.endswith(".c"):
            text = "\n".join(line for _, line in source.code(path))
            for name in FUNCTION.findall(text):
                yield path, name


def is_one_word(name):
    return re.search("_|[a-z][A-Z]", re.sub("^pq_", "", name)) is None


def main():
    if len(sys.argv) > 1:
        source.TREE = os.path.abspath(sys.argv[1])
    found = list(functions())
    short = [(path, name) for path, name in found if is_one_word(name)]
    if not found:
        print("no functions found")
        return 1
    share = len(short) * 100 / len(found)
    print(f"{len(found)} functions, {len(short)} with a name of one word: "
          f"{share:.1f} % (at most {LIMIT} %)")
    if share <= LIMIT:
        return 0
    for path, name in short:
        print(f"{path}: {name}()")
    return 1


sys.exit(main())
