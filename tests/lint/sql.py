#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Only the files of the ledger, the journal and the store have SQL.

In all other files no string has a keyword of SQL and no function handles a
statement. So each statement about a noun is in the file of that noun, beside
its sets of states.
"""
import fnmatch
import re
import sys

import source

HOME = ["agent/warden/ledger*.[ch]", "agent/warden/audit.c",
        "agent/deploy/journal.c", "agent/store/*"]
WORDS = re.compile(
    r"\b(SELECT|INSERT|UPDATE|DELETE\s+FROM|FROM|WHERE|VALUES|PRAGMA"
    r"|(?:CREATE|ALTER|DROP)\s+(?:TABLE|INDEX|UNIQUE|TRIGGER|VIEW)"
    r"|(?:ORDER|GROUP)\s+BY|ON\s+CONFLICT|BEGIN\s+IMMEDIATE)\b")
NAMES = re.compile(
    r"\b(sqlite3_\w+|PQ_SQL_\w+"
    r"|pq_store_(?:do|query|next|done|int|blob|text|changes))\b")


def strings(path):
    """(line number, literal) of each string."""
    text = source.read(path)
    for m in source.TOKEN.finditer(text):
        if m.group().startswith('"'):
            yield text.count("\n", 0, m.start()) + 1, m.group()


def places(path):
    """(line number, keyword or function of SQL)"""
    for lines, pattern in ((strings(path), WORDS), (source.code(path), NAMES)):
        for number, line in lines:
            m = pattern.search(line)
            if m:
                yield number, m.group(1)


def main():
    bad, home = 0, 0
    for path in source.c_files("include", "verify", "agent"):
        found = sorted(places(path))
        if any(fnmatch.fnmatchcase(path, h) for h in HOME):
            home += len(found)
            continue
        for number, name in found:
            bad += 1
            print(f"{path}:{number}: {name}: no SQL in this file: move it "
                  "to the file of its noun, agent/warden/ledger_NOUN.c")
    print(f"{home} places with SQL")
    return 1 if bad or home == 0 else 0


sys.exit(main())
