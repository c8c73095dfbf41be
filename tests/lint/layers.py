#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Each include is permitted by layers.txt: a layer never includes a later one.
"""
import fnmatch
import os
import re
import subprocess
import sys

import source

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
bad = 0


def wrong(place, text):
    global bad
    bad += 1
    print(f"{place}: {text}")


def libc_headers():
    """The headers in Debian's packages of the C library and the kernel."""
    text = subprocess.run(
        ["dpkg", "-L", "libc6-dev", "linux-libc-dev"],
        stdout=subprocess.PIPE, check=True, universal_newlines=True).stdout
    found = re.findall(r"^/usr/include/(\S+\.h)$", text, re.M)
    return {re.sub(r"^[a-z0-9_]+-linux-gnu/", "", h) for h in found} | {
        "stdarg.h", "stdbool.h", "stddef.h", "stdalign.h"}


def table():
    rows = []
    for line in source.read("tests/lint/layers.txt").split("\n"):
        words = line.split("#")[0].split()
        if words:
            rows.append((words[0].rstrip(":"), words[1:]))
    return rows


def row_of(rows, path):
    fits = [r for r in rows if path == r[0] or path.startswith(r[0] + "/")]
    return fits[-1] if fits else None


def permitted(patterns, name, libc):
    def fits(p):
        return name in libc if p == "libc" else fnmatch.fnmatchcase(name, p)
    return not any(fits(p[1:]) for p in patterns if p[0] == "!") and any(
        fits(p) for p in patterns if p[0] != "!")


def full_name(path, quote, name):
    """The name of a header with its folder, however the file includes it."""
    beside = os.path.join(os.path.dirname(path), name)
    if quote == '"' and os.path.exists(os.path.join(source.TREE, beside)):
        return beside.split("/", 1)[1]
    return name


def main():
    rows, libc, count = table(), libc_headers(), 0
    for path in source.c_files("include", "verify", "agent"):
        row = row_of(rows, path)
        if row is None:
            wrong(path, "tests/lint/layers.txt has no row for its folder")
            continue
        for number, line in enumerate(source.read(path).split("\n"), 1):
            m = INCLUDE.match(line)
            if m is None:
                continue
            count += 1
            if not permitted(row[1], full_name(path, *m.groups()), libc):
                wrong(f"{path}:{number}",
                      f"{row[0]} may not include {m.group(2)}: "
                      "see tests/lint/layers.txt")
    print(f"{count} includes")
    return 1 if bad or count == 0 else 0


sys.exit(main())
