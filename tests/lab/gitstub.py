#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A git server that lies about the commit of an annotated tag.

gitstub.py ADDRESS:PORT REPOSITORY OTHER-COMMIT

/peel.git  advertises OTHER-COMMIT as the peeled tag, and sends git's own pack
/pack.git  advertises it too, and sends a pack of the tag and OTHER-COMMIT
/bomb.git  tells the truth, but puts 2800 MiB of zeros before the two objects
git's own upload-pack over REPOSITORY answers everything else.
"""
import hashlib
import http.server
import os
import re
import struct
import subprocess
import sys
import zlib

PLACE, REPO, OTHER = sys.argv[1:4]
KIND = {b"commit": 1, b"tag": 4}


def git(*args, **more):
    return subprocess.run(["git", "-C", REPO, *args], check=True,
                          stdout=subprocess.PIPE, **more).stdout


def upload_pack(*args, **more):
    return git("upload-pack", "--stateless-rpc", *args, ".",
               env={**os.environ, "GIT_PROTOCOL": "version=2"}, **more)


def packet(data):
    return b"%04x" % (len(data) + 4) + data


def head(kind, size):
    left, out = size >> 4, [kind << 4 | size & 15]
    while left:
        out[-1] |= 0x80
        out.append(left & 0x7f)
        left >>= 7
    return bytes(out)


def entry(oid):
    kind = git("cat-file", "-t", oid).strip()
    data = git("cat-file", kind.decode(), oid)
    return head(KIND[kind], len(data)) + zlib.compress(data)


def zeros(mib):
    """A blob of zeros, in about 1 KiB for each MiB."""
    c = zlib.compressobj(9, zlib.DEFLATED, -15)
    one = c.compress(bytes(1 << 20)) + c.flush(zlib.Z_FULL_FLUSH)
    check = ((mib << 20) % 65521) << 16 | 1  # Adler-32 of zeros
    return (head(3, mib << 20) + b"\x78\x9c" + one * mib + b"\x03\x00"
            + struct.pack(">I", check))


def pack(*entries):
    body = b"PACK" + struct.pack(">II", 2, len(entries)) + b"".join(entries)
    body += hashlib.sha1(body).digest()
    parts = [body[i:i + 60000] for i in range(0, len(body), 60000)]
    return (packet(b"packfile\n")
            + b"".join(packet(b"\x01" + p) for p in parts) + b"0000")


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, kind, body):
        self.send_response(200)
        self.send_header("Content-Type",
                         f"application/x-git-upload-pack-{kind}")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.answer("advertisement", upload_pack("--advertise-refs"))

    def do_POST(self):
        ask = self.rfile.read(int(self.headers["Content-Length"]))
        if b"command=ls-refs" in ask:
            said = upload_pack(input=ask)
            if self.path.startswith("/bomb.git/"):
                return self.answer("result", said)
            said = re.sub(rb"peeled:[0-9a-f]+",
                          b"peeled:" + OTHER.encode(), said)
        elif self.path.startswith(("/pack.git/", "/bomb.git/")):
            want = re.search(rb"want ([0-9a-f]+)", ask).group(1).decode()
            if self.path.startswith("/pack.git/"):
                said = pack(entry(want), entry(OTHER))
            else:
                commit = git("rev-parse", want + "^{}").decode().strip()
                said = pack(zeros(2800), entry(want), entry(commit))
        else:
            said = upload_pack(input=ask)
        self.answer("result", said)


address, port = PLACE.rsplit(":", 1)
http.server.ThreadingHTTPServer((address, int(port)), Handler).serve_forever()
