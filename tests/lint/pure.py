#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The pure libraries call only functions that pure.txt permits.

They have no writable globals, and no program contains a library that pure.txt
forbids to it.

pure.py [BUILD]    default build/dev
"""
import fnmatch
import os
import re
import subprocess
import sys

import source

# functions that the patterns json_* and str* permit, although they are impure
NEVER = ["json_load_file", "json_loadf", "json_loadfd", "json_dump_file",
         "json_dumpf", "json_dumpfd", "json_object_seed", "strftime",
         "strerror", "strtok"]
bad = 0


def wrong(place, text):
    global bad
    bad += 1
    print(f"{place}: {text}")


def output(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, check=True,
                          stderr=subprocess.DEVNULL,
                          universal_newlines=True).stdout


def table():
    rows, groups, without = {}, {}, []
    for line in source.read("tests/lint/pure.txt").split("\n"):
        words = line.split("#")[0].split()
        if not words:
            continue
        if words[0] == "without":
            without += [(words[1].rstrip(":"), w) for w in words[2:]]
            continue
        names = [n for w in words[1:] for n in groups.get(w, [w])]
        if words[0][0] == "@":
            groups[words[0]] = names
        else:
            rows[words[0].rstrip(":")] = names
    return rows, without


def archives(build):
    found = {}
    for at, _, names in os.walk(build):
        for name in names:
            m = re.match(r"lib(pq_\w+)\.a$", name)
            if m:
                found[m.group(1)] = os.path.join(at, name)
    return found


def plain(symbol):
    return re.sub(r"^__(isoc\d+_)?(\w+?)(_chk)?$", r"\2", symbol) \
        if re.match(r"__(isoc|\w+_chk$)", symbol) and \
        symbol != "__stack_chk_fail" else symbol


def check_calls(library, archive, patterns):
    member = library
    for line in output("nm", "-u", archive).splitlines():
        if line.endswith(".o:"):
            member = f"{library}: {line[:-1]}"
        words = line.split()
        if len(words) != 2:
            continue
        name = plain(words[1])
        if name in NEVER or not any(
                fnmatch.fnmatchcase(name, p) for p in patterns):
            wrong(member, f"calls {name}(), which pure.txt does not permit")


def check_globals(library, archive):
    member = library
    for line in output("objdump", "-t", archive).splitlines():
        m = re.match(r"(\S+\.o):", line)
        if m:
            member = f"{library}: {m.group(1)}"
        m = re.match(r"\S+ .{7} (\.t?bss\S*|\.t?data\S*|\*COM\*)\t\S+ (.*)",
                     line)
        if m and not m.group(1).startswith(".data.rel.ro") and \
                m.group(1) != m.group(2):
            wrong(member, f"{m.group(2)} is a writable global in {m.group(1)}: "
                  "make it const or a parameter")


def defined(path):
    return {line.split()[2] for line in output("nm", path).splitlines()
            if re.match(r"\S+ T ", line)}


def main():
    build = sys.argv[1] if len(sys.argv) > 1 else f"{source.TREE}/build/dev"
    found = archives(build)
    rows, without = table()
    for library, patterns in sorted(rows.items()):
        if library not in found:
            wrong("tests/lint/pure.txt", f"{library}: not found: build first")
            continue
        check_calls(library, found[library], patterns)
        check_globals(library, found[library])
    for name, library in without:
        program = os.path.join(build, "bin", name)
        if os.path.exists(program):  # linkage.py reports a missing program
            for s in sorted(defined(program) & defined(found[library])):
                wrong(name, f"contains {s}() of {library}, "
                      "which pure.txt forbids")
    return 1 if bad else 0


sys.exit(main())
