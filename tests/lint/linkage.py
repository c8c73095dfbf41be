#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Each program links exactly the libraries of its row in linkage.txt.

No forbidden library is in the transitive closure, which the lint prints for
the record.

linkage.py [BIN]    default build/dev/bin
"""
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TREE = os.path.dirname(os.path.dirname(HERE))
ALWAYS = {"libc", "ld-linux-x86-64", "ld-linux-aarch64"}
bad = 0


def wrong(place, text):
    global bad
    bad += 1
    print(f"{place}: {text}")


def stem(soname):
    return re.sub(r"\.so(\..*)?$", "", soname)


def expand(words, groups):
    out = set()
    for w in words:
        out |= groups[w] if w.startswith("@") else {w}
    return out


def table():
    rows, groups = {}, {}
    with open(os.path.join(HERE, "linkage.txt"), encoding="utf-8") as f:
        for number, line in enumerate(f, 1):
            words = line.split("#")[0].split()
            if not words:
                continue
            if words[0].startswith("@"):
                groups[words[0]] = expand(words[1:], groups)
                continue
            cut = words.index("/")
            rows[words[0].rstrip(":")] = (
                f"tests/lint/linkage.txt:{number}", set(words[1:cut]),
                expand(words[cut + 1:], groups))
    return rows


def output(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, check=True,
                          universal_newlines=True).stdout


def needed(program):
    text = output("readelf", "-d", program)
    found = re.findall(r"\(NEEDED\).*\[(.*)\]", text)
    return {stem(s) for s in found} - ALWAYS


def closure(program):
    text = output("ldd", program)
    if "not found" in text:
        wrong(program, "ldd does not find a library: install it")
    names = {stem(os.path.basename(line.split()[0]))
             for line in text.splitlines() if line.strip()}
    return names - ALWAYS - {"linux-vdso"}


def judge(name, program, row):
    place, want, never = row
    have, reached = needed(program), closure(program)
    for lib in sorted(have - want):
        wrong(place, f"{name} links {lib}, which this row does not permit")
    for lib in sorted(want - have):
        wrong(place, f"{name} does not link {lib}: remove it from this row")
    for lib in sorted(reached & never):
        wrong(place, f"{name} loads {lib} through another library, "
              "which this row forbids")
    print(f"{name}: {len(have)} libraries, {len(reached)} in the closure: "
          + " ".join(sorted(reached)))


def main():
    where = sys.argv[1] if len(sys.argv) > 1 else f"{TREE}/build/dev/bin"
    rows, built = table(), set(os.listdir(where))
    for name in sorted(built - set(rows)):
        wrong("tests/lint/linkage.txt", f"no row for the program {name}")
    for name, row in sorted(rows.items()):
        if name in built:
            judge(name, os.path.join(where, name), row)
        else:
            wrong(row[0], f"{where}/{name}: not found: build first")
    return 1 if bad else 0


sys.exit(main())
