#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Evict a connection between the receipt of its callback and its answer.

    http_answer.py HOST PORT SECRET-FILE WARDEN-PID INTAKE-PID LIST-COMMAND...

An honest callback waits for the stopped warden, while all other connections
send a whole request after it. Then intake is stopped and the warden continues.
So intake finds the receipt and a new connection at the same time. The honest
sender must get its answer. LIST-COMMAND prints the stored callbacks.
"""
import hashlib
import hmac
import os
import resource
import signal
import socket
import subprocess
import sys
import time

CONNECTIONS = 512  # INTAKE_CONNECTIONS


def connect(to):
    return socket.create_connection(to, 300)


def post(s, secret):
    body = b'{"image":"127.0.0.1:5000/acme/web:3.0.%d"}' % os.getpid()
    mac = hmac.new(secret, body, hashlib.sha256).hexdigest().encode()
    s.sendall(b"POST /hooks/web HTTP/1.1\r\nHost: agent\r\n"
              b"Content-Type: application/json\r\n"
              b"X-Hub-Signature-256: sha256=" + mac + b"\r\n"
              b"Content-Length: %d\r\n\r\n" % len(body) + body)


def is_healthy(s):
    s.sendall(b"GET /healthz HTTP/1.1\r\nHost: agent\r\n\r\n")
    return s.recv(4096).startswith(b"HTTP/1.1 200 ")


def wait_for_row(command):
    end = time.monotonic() + 300
    while b'"state"' not in subprocess.run(
            command, stdout=subprocess.PIPE, check=False).stdout:
        if time.monotonic() > end:
            raise SystemExit("the warden did not store the callback")


def main():
    host, port, file, warden, intake, *command = sys.argv[1:]
    secret = open(file, "rb").read().strip()
    to, warden, intake = (host, int(port)), int(warden), int(intake)
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
    os.kill(warden, signal.SIGSTOP)
    honest = connect(to)
    post(honest, secret)
    crowd = [connect(to) for _ in range(CONNECTIONS - 1)]
    if not all(map(is_healthy, crowd)):
        raise SystemExit("intake does not answer the others")
    os.kill(intake, signal.SIGSTOP)
    os.kill(warden, signal.SIGCONT)
    wait_for_row(command)
    crowd.append(connect(to))
    os.kill(intake, signal.SIGCONT)
    answer = honest.recv(4096)
    print(answer[:40])
    sys.exit(not answer.startswith(b"HTTP/1.1 202 "))


main()
