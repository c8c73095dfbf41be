#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Comments and documents use plain English: some words are rare in them.

The table LIMITS has the words, each with the number that 10,000 words may
have. Three groups are counted one by one: the comments of C files, the
comments of scripts (the names of Bats tests too), and Markdown without its
code. One hit is always permitted, so that a short group can quote a word.

words.py [TREE]    default this tree
"""
import ast
import io
import os
import re
import sys
import tokenize

import source

# The numbers come from OpenSSH, rpki-client and libgit2, rounded up.
LIMITS = {"what": 15, "whoever": 1, "anew": 0.5}
PER = 10000
WORD = re.compile(r"[A-Za-z]+(?:'[a-z]+)?")
SHELL = re.compile(r"(?:^|\s)#(?!!)(.*)")
TITLE = re.compile(r'^@test "(.*)"')
# generated text, recorded foreign text, and version control
SKIPPED = re.compile(r"build|\.git|tests/fuzz/corpus|tests/fixtures/[^/]+")


def files():
    """Every file that a person wrote, by its path in the tree."""
    for at, below, names in os.walk(source.TREE):
        def path(name):
            return os.path.relpath(os.path.join(at, name), source.TREE)
        below[:] = sorted(d for d in below if not SKIPPED.fullmatch(path(d)))
        yield from sorted(path(name) for name in names)


def c_text(path):
    text = source.read(path)
    for m in source.TOKEN.finditer(text):
        if m.group()[0] == "/":
            yield text.count("\n", 0, m.start()) + 1, m.group()


def shell_text(path):
    for number, line in enumerate(source.read(path).split("\n"), 1):
        m = TITLE.match(line) or SHELL.search(line)
        if m:
            yield number, m.group(1)


def python_text(path):
    text = source.read(path)
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef)
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, kinds) and ast.get_docstring(node) is not None:
            yield node.body[0].lineno, ast.get_docstring(node, clean=False)


def markdown_text(path):
    """The lines outside fenced blocks, without code and comments."""
    fenced = False
    for number, line in enumerate(source.read(path).split("\n"), 1):
        if line.startswith("```"):
            fenced = not fenced
        elif not fenced and not line.startswith(("    ", "<!--")):
            yield number, re.sub(r"`[^`]*`", " ", line)


def is_script(path):
    with open(os.path.join(source.TREE, path), "rb") as f:
        return re.match(rb"#!.*\b(?:ba|da)?sh\b", f.readline()) is not None


def group_of(path):
    """(group, function that yields its lines); None: no text to count"""
    name = os.path.basename(path)
    if name.endswith((".c", ".h")):
        return "C comments", c_text
    if name.endswith(".md"):
        return "documents", markdown_text
    if name.endswith(".py"):
        return "scripts", python_text
    if name.endswith((".sh", ".bash", ".bats", ".cmake")) or \
            name == "CMakeLists.txt" or is_script(path):
        return "scripts", shell_text
    return None


class Group:
    def __init__(self):
        self.words = 0
        self.places = {word: [] for word in LIMITS}

    def add(self, path, number, text):
        for offset, line in enumerate(text.split("\n")):
            for word in WORD.findall(line):
                self.words += 1
                if word.lower() in self.places:
                    self.places[word.lower()].append(
                        f"{path}:{number + offset}")

    def over(self, word):
        return len(self.places[word]) > max(
            1, self.words * LIMITS[word] // PER)

    def ratios(self):
        return ", ".join(f"{w} {len(self.places[w]) * PER / self.words:.1f} "
                         f"(at most {LIMITS[w]})" for w in LIMITS)


def judge(name, group):
    """The number of words that are too frequent in a group."""
    if group.words == 0:
        print(f"{name}: no words found")
        return 1
    print(f"{name}: {group.words} words; per {PER}: {group.ratios()}")
    over = [word for word in LIMITS if group.over(word)]
    for word in over:
        for place in sorted(set(group.places[word])):
            print(f"{place}: {word}")
    return len(over)


def main():
    if len(sys.argv) > 1:
        source.TREE = os.path.abspath(sys.argv[1])
    groups = {"C comments": Group(), "scripts": Group(), "documents": Group()}
    for path in files():
        found = group_of(path)
        if found is not None:
            for number, text in found[1](path):
                groups[found[0]].add(path, number, text)
    return 1 if sum(judge(n, g) for n, g in groups.items()) else 0


sys.exit(main())
