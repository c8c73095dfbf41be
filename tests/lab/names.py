#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A name server on port 53 of 127.0.0.1, with one address for every name.

names.py FILE

FILE has the address, and the word "tcp" if the answer comes over TCP only.
"""
import socket
import struct
import sys
import threading


def answer(ask, over_tcp):
    with open(sys.argv[1], encoding="ascii") as f:
        words = f.read().split()
    end = ask.index(b"\0", 12) + 5
    found = ask[end - 4:end - 2] == b"\0\1" and words
    cut = "tcp" in words and not over_tcp
    flags = 0x8180 | (0x0200 if cut else 0)
    out = ask[:2] + struct.pack(">5H", flags, 1, int(bool(found and not cut)),
                                0, 0) + ask[12:end]
    if found and not cut:
        out += (b"\xc0\x0c\0\1\0\1" + struct.pack(">IH", 1, 4)
                + socket.inet_aton(words[0]))
    return out


def serve_tcp(server):
    while True:
        peer, _ = server.accept()
        with peer:
            while head := peer.recv(2, socket.MSG_WAITALL):
                n = struct.unpack(">H", head)[0]
                out = answer(peer.recv(n, socket.MSG_WAITALL), True)
                peer.sendall(struct.pack(">H", len(out)) + out)


udp = socket.socket(type=socket.SOCK_DGRAM)
udp.bind(("127.0.0.1", 53))
tcp = socket.create_server(("127.0.0.1", 53))
threading.Thread(target=serve_tcp, args=(tcp,), daemon=True).start()
print("ready", flush=True)
while True:
    data, sender = udp.recvfrom(4096)
    udp.sendto(answer(data, False), sender)
