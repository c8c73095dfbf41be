#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Open many connections that send no whole request, then one honest callback.

    http_crowd.py HOST PORT SECRET-FILE HONEST-SOURCE N LEAST MOST SOURCE...

The honest callback must be accepted, and then LEAST to MOST of the N
connections must be open. Each of them would end by itself after five seconds.
So the script tries again if the machine was too slow to see the evictions. It
prints the times, which decide nothing.
"""
import hashlib
import hmac
import os
import resource
import socket
import sys
import time


def is_open(s):
    try:
        return s.recv(1) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False


def call(to, source, secret, n):
    """Send an honest callback; return the status."""
    body = b'{"image":"127.0.0.1:5000/acme/web:2.%d.%d"}' % (os.getpid(), n)
    mac = hmac.new(secret, body, hashlib.sha256).hexdigest().encode()
    with socket.create_connection(to, 300, (source, 0)) as s:
        s.sendall(b"POST /hooks/web HTTP/1.1\r\nHost: agent\r\n"
                  b"Content-Type: application/json\r\n"
                  b"X-Hub-Signature-256: sha256=" + mac + b"\r\n"
                  b"Content-Length: %d\r\n\r\n" % len(body) + body)
        return s.recv(4096).split(b" ")[1:2]


def main():
    host, port, file, honest, n, least, most, *sources = sys.argv[1:]
    secret = open(file, "rb").read().strip()
    to = host, int(port)
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
    for turn in range(10):
        crowd = []
        for i in range(int(n)):
            s = socket.create_connection(
                to, 300, (sources[i % len(sources)], 0))
            s.sendall(b"POST /hooks/web")
            s.setblocking(False)
            crowd.append(s)
        begun = time.monotonic()
        status = call(to, honest, secret, turn)
        spent = time.monotonic() - begun
        n_open = sum(map(is_open, crowd))
        print("turn %d: honest callback %s after %.3f s, %d of %s open" % (
            turn, status, spent, n_open, n))
        for s in crowd:
            s.close()
        if status != [b"202"]:
            return 1
        if int(least) <= n_open <= int(most):
            return 0
    return 1


if __name__ == "__main__":
    sys.exit(main())
