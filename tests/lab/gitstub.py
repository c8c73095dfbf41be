#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A git server that lies about the commit of an annotated tag.

gitstub.py ADDRESS:PORT REPOSITORY OTHER-COMMIT

/peel.git  advertises OTHER-COMMIT as the peeled tag, and sends git's own pack
/pack.git  advertises it too, and sends a pack of the tag and OTHER-COMMIT
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


def entry(oid):
    kind = git("cat-file", "-t", oid).strip()
    data = git("cat-file", kind.decode(), oid)
    left, head = len(data) >> 4, [KIND[kind] << 4 | len(data) & 15]
    while left:
        head[-1] |= 0x80
        head.append(left & 0x7f)
        left >>= 7
    return bytes(head) + zlib.compress(data)


def pack(*oids):
    body = b"PACK" + struct.pack(">II", 2, len(oids))
    body += b"".join(entry(o) for o in oids)
    body += hashlib.sha1(body).digest()
    return packet(b"packfile\n") + packet(b"\x01" + body) + b"0000"


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
            said = re.sub(rb"peeled:[0-9a-f]+",
                          b"peeled:" + OTHER.encode(), said)
        elif self.path.startswith("/pack.git/"):
            want = re.search(rb"want ([0-9a-f]+)", ask).group(1).decode()
            said = pack(want, OTHER)
        else:
            said = upload_pack(input=ask)
        self.answer("result", said)


address, port = PLACE.rsplit(":", 1)
http.server.ThreadingHTTPServer((address, int(port)), Handler).serve_forever()
