#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Print different bodies of callbacks, each with its signature.

pairs.py SECRET-FILE IMAGE COUNT [forged]

Each line has a number, a signature and a body. With "forged", another secret
made the signatures.
"""
import hashlib
import hmac
import json
import sys


def main(secret_file, image, count, forged=""):
    with open(secret_file, "rb") as f:
        secret = f.read().strip()
    if forged:
        secret = b"not " + secret
    for i in range(int(count)):
        body = json.dumps({
            "image": f"{image}:1.0.{i}",
            "digest": "sha256:" + hashlib.sha256(b"%d" % i).hexdigest(),
            "commit": hashlib.sha1(b"%d" % i).hexdigest(),
        }, separators=(",", ":"))
        mac = hmac.new(secret, body.encode(), hashlib.sha256).hexdigest()
        print(i, mac, body)


main(*sys.argv[1:])
