#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Load intake with hostile connections until standard input ends.

    http_load.py KIND HOST PORT [SOURCE...]

KIND is one of the loads below. A connection that intake closes is opened
again. The script prints "loaded" when each connection has been opened once and
has sent its first bytes, or can send no more. SOURCE is the address to connect
from; several addresses take turns.
"""
import errno
import os
import resource
import select
import socket
import sys
import time

HEAD = (b"POST /hooks/web HTTP/1.1\r\nHost: agent\r\n"
        b"Content-Type: application/json\r\n"
        b"X-Hub-Signature-256: sha256=" + b"0" * 64 + b"\r\n")
ONE = HEAD + b"Content-Length: 2\r\n\r\n{}"

# the number of connections, the first bytes of each, and the bytes that each
# then sends every tick
LOADS = {
    # 1 MiB without the last byte
    "bodies": (512, HEAD + b"Content-Length: 1048576\r\n\r\n" +
               b"x" * 1048575, b""),
    "idle": (4096, b"", b""),
    "slow": (1024, HEAD[:20], b"x"),
    "heads": (512, HEAD + b"X-A: " + b"b" * 65536, b""),
    "pipeline": (512, ONE * 400, b""),
    # the body of each connection trickles
    "trickle": (512, HEAD + b"Content-Length: 1048576\r\n\r\n", b"x"),
}


class Connection:
    def __init__(self, to, source, first):
        family = socket.AF_INET6 if ":" in to[0] else socket.AF_INET
        self.first, self.rest = first, memoryview(first)
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        self.socket.setblocking(False)
        if source:
            self.socket.bind((source, 0))
        if self.socket.connect_ex(to) not in (0, errno.EINPROGRESS):
            raise OSError("connect")

    def send(self):
        """Send more of the first bytes; return True if all are sent."""
        while self.rest:
            try:
                self.rest = self.rest[self.socket.send(self.rest):]
            except BlockingIOError:
                return False
        return True


class Load:
    def __init__(self, kind, to, sources):
        self.n, self.first, self.more = LOADS[kind]
        self.to, self.sources, self.turn = to, sources, 0
        self.poll, self.open, self.seen = select.epoll(), {}, 0
        self.stalled = 0

    def add(self):
        self.turn += 1
        try:
            k = Connection(self.to, self.sources[self.turn % len(self.sources)],
                           self.first)
        except OSError:
            return
        self.open[k.socket.fileno()] = k
        self.poll.register(k.socket.fileno(), select.EPOLLIN | select.EPOLLOUT)

    def end(self, fd):
        self.poll.unregister(fd)
        self.open.pop(fd).socket.close()

    def on_event(self, fd, event):
        k = self.open[fd]
        try:
            if event & select.EPOLLOUT and k.send():
                self.seen += 1
                self.poll.modify(fd, select.EPOLLIN)
            # the pipeline reads no answer, so that answers pile up
            if event & select.EPOLLIN and k.first != ONE * 400 and \
                    k.socket.recv(65536) == b"":
                self.end(fd)
            elif event & (select.EPOLLERR | select.EPOLLHUP):
                self.end(fd)
        except BlockingIOError:
            pass
        except OSError:
            self.end(fd)

    def tick(self):
        for fd, k in list(self.open.items()):
            if self.more and not k.rest:
                try:
                    k.socket.send(self.more)
                except OSError:
                    self.end(fd)
        for _ in range(min(256, self.n - len(self.open))):
            self.add()

    def is_loaded(self, idle):
        """Each connection was opened, and the bytes have stopped to move."""
        return self.turn >= self.n and (self.seen >= self.n or idle)


def main():
    kind, host, port, *sources = sys.argv[1:]
    resource.setrlimit(resource.RLIMIT_NOFILE, (16384, 16384))
    load = Load(kind, (host, int(port)), sources or [None])
    told, next_tick, still = False, 0.0, 0
    while not select.select([0], [], [], 0)[0] or os.read(0, 1):
        if time.monotonic() >= next_tick:
            load.tick()
            next_tick = time.monotonic() + 0.1
        events = load.poll.poll(0.05)
        still = 0 if events else still + 1
        for fd, event in events:
            if fd in load.open:
                load.on_event(fd, event)
        if not told and load.is_loaded(still > 20):
            told = True
            print("loaded", flush=True)


if __name__ == "__main__":
    main()
