#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every C file is compiled exactly once.

A test that no CMakeLists.txt names cannot fail. clang-tidy examines a file
twice if two targets compile it.

built.py [BUILD]    default build/dev
"""
import collections
import json
import os
import sys

import source


def main():
    build = sys.argv[1] if len(sys.argv) > 1 else f"{source.TREE}/build/dev"
    with open(os.path.join(build, "compile_commands.json"),
              encoding="utf-8") as f:
        built = collections.Counter(
            os.path.relpath(c["file"], source.TREE) for c in json.load(f))
    bad = 0
    for path in source.c_files("verify", "agent", "tests"):
        if path.endswith(".h") or built[path] == 1:
            continue
        bad += 1
        print(f"{path}:1: " + (
            f"compiled {built[path]} times: move it into pq_objects()"
            if built[path] else "in no CMakeLists.txt: add it to a target"))
    return 1 if bad else 0


sys.exit(main())
