#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Each function of the public headers has a full contract in its comment.

A contract is the comment directly above a prototype. Prototypes that follow
each other without an empty line share one comment. A full contract has a line
`name() - purpose`, a line `@parameter: ...` for each parameter, and a line
`Return: ...` unless the function returns void.

A contract that describes a parameter which no prototype below it has is not
full, and a mistake. So is a name such as `pq_x()` in a comment of a public
header, if no public header declares this function or macro.

contracts.py [TREE]    default: this tree
"""
import re
import sys

import source

NEEDED = 90  # per cent of the functions
FOLDER = "include/pratique"
TAGS = {"struct", "enum", "union"}
# a parameter that ends with one of these has no name
TYPES = {"*", "char", "double", "float", "int", "long", "short", "signed",
         "unsigned"}
PROTOTYPE = re.compile(r"(?P<type>[\w\s*]*?[\s*])(?P<name>\w+)\s*"
                       r"\((?P<parameters>.*)\)", re.S)
ATTRIBUTE = re.compile(r"__attribute__\s*\(\(.*?\)\)(?=\s|$)", re.S)
MACRO = re.compile(r"^[ \t]*#[ \t]*define[ \t]+(\w+)\(", re.M)
PREPROCESSOR = re.compile(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", re.M)


def blank(m):
    return re.sub(r"[^\n]", " ", m.group())


class Comment:
    """A comment on lines of its own, and the prototypes directly below it."""

    def __init__(self, text):
        lines = text[2:-2].split("\n")
        self.lines = [re.sub(r"^[\s*]+|\s+$", "", line) for line in lines]
        self.prototypes = []

    def has_line(self, pattern):
        return any(re.match(pattern, line) for line in self.lines)

    def described(self):
        """Parameters with a description: `@a: ...` or `@a, @b: ...`"""
        found = set()
        for line in self.lines:
            m = re.match(r"((?:@[\w.]+, )*@[\w.]+):\s+\S", line)
            if m:
                found.update(re.findall(r"@([\w.]+)", m.group(1)))
        return found


class Prototype:
    def __init__(self, path, line, m):
        self.path, self.line, self.name = path, line, m["name"]
        self.is_void = m["type"].split() in (["void"], ["extern", "void"])
        self.parameters = parameter_names(m["parameters"])

    def lacks(self, comment):
        """The parts that a contract lacks, in the order of a contract."""
        if not comment:
            return ["a comment directly above"]
        out = []
        if not comment.has_line(rf"{self.name}\(\) +- \S"):
            out.append(f"{self.name}() -")
        described = comment.described()
        for i, name in enumerate(self.parameters, 1):
            if name is None:
                out.append(f"a name for parameter {i}")
            elif name not in described:
                out.append(f"@{name}:")
        if not self.is_void and not comment.has_line(r"Return:\s+\S"):
            out.append("Return:")
        return out


def split_parameters(text):
    depth, start, out = 0, 0, []
    for i, c in enumerate(text):
        depth += (c in "([") - (c in ")]")
        if c == "," and depth == 0:
            out.append(text[start:i].strip())
            start = i + 1
    return out + [text[start:].strip()]


def parameter_names(text):
    """The name of each parameter; None for a parameter without a name."""
    names = []
    for one in split_parameters(text):
        if one in ("void", "..."):
            continue
        pointer = re.search(r"\(\s*\*\s*(\w+)\s*\)\s*\(", one)
        if pointer:
            names.append(pointer.group(1))
            continue
        words = re.findall(r"\w+|\*", re.sub(
            r"\[.*\]|\b(?:const|volatile|restrict)\b", "", one))
        named = (len(words) > 1 and words[-1] not in TYPES
                 and words[-2] not in TAGS)
        names.append(words[-1] if named else None)
    return names


def statements(code):
    """(offset, text) of each statement outside of braces."""
    depth, start, is_body = 0, 0, False
    for i, c in enumerate(code):
        if c == "{" and depth == 0:
            is_body = code[start:i].rstrip().endswith(")")
        depth += (c == "{") - (c == "}")
        if depth == 0 and (c == ";" or (c == "}" and is_body)):
            text = code[start:i + 1]
            yield start + len(text) - len(text.lstrip()), text.strip()
            start, is_body = i + 1, False


def own_line_comments(text):
    """(offset, end, Comment) of each comment with no code before it."""
    for m in source.TOKEN.finditer(text):
        line = text[text.rfind("\n", 0, m.start()) + 1:m.start()]
        if m.group().startswith("/*") and line.strip() == "":
            yield m.start(), m.end(), Comment(m.group())


def read_header(path):
    """([(prototype, its comment or None)], comments) of one header."""
    text = source.read(path)
    code = PREPROCESSOR.sub(blank, source.TOKEN.sub(blank, text))
    code = re.sub(r'extern\s+"[^"]*"\s*{', blank, code)
    comments = list(own_line_comments(text))
    pairs, after, shared = [], 0, None
    for at, statement in statements(code):
        m = PROTOTYPE.fullmatch(ATTRIBUTE.sub("", statement[:-1]).strip())
        end = at + len(statement)
        if not m or statement.startswith(("typedef", "_Static_assert")) or \
                "{" in statement:
            after, shared = end, None
            continue
        above = [c for c in comments if after <= c[0] and c[1] <= at]
        if above:
            after, shared = above[-1][1], above[-1][2]
        # between them: white space and the rest of a line, and no empty line
        between = source.TOKEN.sub(blank, text[after:at])
        if between.strip() or re.search(r"\n[ \t]*\n", text[after:at]):
            shared = None
        prototype = Prototype(path, text.count("\n", 0, at) + 1, m)
        if shared:
            shared.prototypes.append(prototype)
        pairs.append((prototype, shared))
        after = end
    return pairs, [(text.count("\n", 0, at) + 1, c) for at, _, c in comments]


def stale_names(path, comments, declared):
    """A message for each name in a comment that no code declares."""
    for line, comment in comments:
        text = "\n".join(comment.lines)
        for name in re.findall(r"\b(pq_[a-z0-9_]+)\(\)", text):
            if name not in declared:
                yield f"{path}:{line}: no public header declares {name}()"
        known = {n for p in comment.prototypes for n in p.parameters} | {"..."}
        if comment.prototypes:
            for name in sorted(comment.described() - known):
                yield (f"{path}:{line}: no prototype below this comment has "
                       f"the parameter {name}")


def main():
    source.TREE = sys.argv[1] if len(sys.argv) > 1 else source.TREE
    headers = {path: read_header(path) for path in source.c_files(FOLDER)}
    pairs = [pair for found, _ in headers.values() for pair in found]
    if not pairs:
        print(f"{FOLDER}: no prototypes found")
        return 1
    full = 0
    for prototype, comment in pairs:
        lacks = prototype.lacks(comment)
        full += not lacks
        if lacks:
            print(f"{prototype.path}:{prototype.line}: {prototype.name}() "
                  f"lacks {', '.join(lacks)}")
    declared = {prototype.name for prototype, _ in pairs}
    for path in headers:
        declared.update(MACRO.findall(source.read(path)))
    stale = [text for path, (_, comments) in headers.items()
             for text in stale_names(path, comments, declared)]
    for text in stale:
        print(text)
    print(f"{full} of {len(pairs)} functions have a full contract")
    return 1 if stale or full * 100 < NEEDED * len(pairs) else 0


sys.exit(main())
