#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A relay before the Docker socket that kills its client at one exact request.

gate.py LISTEN TO LOG PLAN GROUP

The relay appends the request line of each forwarded request that changes
something (POST, DELETE) to LOG. PLAN holds "N before" or "N after". The relay
kills the client that sends the Nth such request with SIGKILL: either before it
forwards the request, or when the first bytes of the response arrive, which the
client then does not get. It removes PLAN after the kill.
"""
import os
import selectors
import shutil
import signal
import socket
import struct
import sys
import threading

LISTEN, TO, LOG, PLAN, GROUP = sys.argv[1:]
CHANGES = (b"POST ", b"DELETE ")


def passed_on():
    with open(LOG, encoding="ascii") as f:
        return len(f.readlines())


def is_due(when, nth):
    try:
        with open(PLAN, encoding="ascii") as f:
            return f.read().split() == [str(nth), when]
    except FileNotFoundError:
        return False


def strike(client):
    pid, _, _ = struct.unpack("3i", client.getsockopt(
        socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i")))
    os.kill(pid, signal.SIGKILL)
    os.remove(PLAN)


def ask(client, server, data):
    """Forward the bytes of the client to the engine.

    Return the number of the request if it changes something, 0 if it does
    not, and None if the client was killed.
    """
    nth = 0
    if data.startswith(CHANGES):
        nth = passed_on() + 1
        if is_due("before", nth):
            return strike(client)
        with open(LOG, "ab") as f:
            f.write(data.split(b"\r\n", 1)[0] + b"\n")
    server.sendall(data)
    return nth


def relay(client, server):
    both = selectors.DefaultSelector()
    both.register(client, selectors.EVENT_READ)
    both.register(server, selectors.EVENT_READ)
    nth = 0
    while True:
        for key, _ in both.select():
            data = key.fileobj.recv(65536)
            if not data:
                return
            if key.fileobj is client:
                nth = ask(client, server, data)
                if nth is None:
                    return
            elif nth and is_due("after", nth):
                strike(client)
                return
            else:
                client.sendall(data)


def serve(client):
    with client, socket.socket(socket.AF_UNIX) as server:
        try:
            server.connect(TO)
            relay(client, server)
        except OSError:
            pass


def main():
    open(LOG, "w", encoding="ascii").close()
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(LISTEN)
    shutil.chown(LISTEN, group=GROUP)
    os.chmod(LISTEN, 0o660)
    listener.listen(16)
    while True:
        threading.Thread(target=serve, args=(listener.accept()[0],),
                         daemon=True).start()


main()
