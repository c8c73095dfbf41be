#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fill intake from many networks while an honest callback is sent slowly.

    http_refresh.py HOST PORT SECRET-FILE HONEST-SOURCE EXTRA-SOURCE SOURCE...

The connections of the SOURCEs fill all places, and each sends a whole request
after the honest callback has begun. Then one more connection comes from
EXTRA-SOURCE. The honest callback is the oldest, but it must be accepted. Its
time is five seconds, so the script tries again if the machine was too slow.
"""
import hashlib
import hmac
import os
import resource
import socket
import sys
import time

CONNECTIONS = 512  # INTAKE_CONNECTIONS
BODY_S = 5  # INTAKE_BODY_MS: intake closes a slower connection


def ask_health(s):
    s.sendall(b"GET /healthz HTTP/1.1\r\nHost: agent\r\n\r\n")
    return s.recv(4096).startswith(b"HTTP/1.1 200 ")


def attack(to, secret, n, honest, extra, sources):
    """Return the status of the honest callback, and the seconds it took."""
    body = b'{"image":"127.0.0.1:5000/acme/web:4.%d.%d"}' % (os.getpid(), n)
    mac = hmac.new(secret, body, hashlib.sha256).hexdigest().encode()
    crowd = [socket.create_connection(to, 300, (sources[i % len(sources)], 0))
             for i in range(CONNECTIONS - 1)]
    begun = time.monotonic()
    s = socket.create_connection(to, 300, (honest, 0))
    s.sendall(b"POST /hooks/web HTTP/1.1\r\nHost: agent\r\n"
              b"Content-Type: application/json\r\n"
              b"X-Hub-Signature-256: sha256=" + mac + b"\r\n"
              b"Content-Length: %d\r\n\r\n" % len(body) + body[:1])
    try:
        healthy = sum(map(ask_health, crowd))
        crowd.append(socket.create_connection(to, 300, (extra, 0)))
        healthy += ask_health(crowd[-1])
        s.sendall(body[1:])
        status = s.recv(4096).split(b" ")[1:2]
    except OSError as e:
        return e, time.monotonic() - begun
    if healthy != CONNECTIONS:
        status = "%d healthy" % healthy
    return status, time.monotonic() - begun


def main():
    host, port, file, honest, extra, *sources = sys.argv[1:]
    secret = open(file, "rb").read().strip()
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
    for turn in range(10):
        status, spent = attack(
            (host, int(port)), secret, turn, honest, extra, sources)
        print("turn %d: honest callback %s after %.3f s" % (
            turn, status, spent))
        if status == [b"202"] or spent < BODY_S:
            break
    return status != [b"202"]


sys.exit(main())
