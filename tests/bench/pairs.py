#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Bodies of callbacks, each different, with the signatures that belong to them.

pairs.py SECRET-FILE IMAGE COUNT [forged]

One a line: number, signature, body. With "forged" the signature is one that
another secret made.
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
