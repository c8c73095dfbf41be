#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Act as a process of fetch that an attacker has taken over.

borrow.py PID N HEX...

PID is the main process of fetch. Takes the socket between the N-th of its
children with a connector (from 1) and this connector. Sends each HEX as one
packet, and prints each answer: its bytes, and the peer of a socket that came
with it. "end" means that the connector has closed its end.
"""
import array
import ctypes
import os
import socket
import sys

PIDFD_OPEN, PIDFD_GETFD = 434, 438  # the same on every architecture
RESOLVED = 1
libc = ctypes.CDLL(None, use_errno=True)


def borrow(pid):
    """Return copies of the sockets of a process."""
    out = []
    pidfd = libc.syscall(PIDFD_OPEN, pid, 0)
    for fd in map(int, os.listdir(f"/proc/{pid}/fd")):
        if fd > 2 and os.readlink(f"/proc/{pid}/fd/{fd}").startswith("socket:"):
            copy = libc.syscall(PIDFD_GETFD, pidfd, fd, 0)
            if copy >= 0:
                out.append(socket.socket(fileno=copy))
    os.close(pidfd)
    return out


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
        return [int(p) for p in f.read().split()]


def find_client(pid, number):
    """A client has a stream to the broker; a connector has only its packets."""
    for child in children(pid):
        sockets = borrow(child)
        packets = [s for s in sockets if s.type == socket.SOCK_SEQPACKET]
        if packets and len(sockets) > 1:
            number -= 1
            if number == 0:
                return packets[0]
    sys.exit("no such process of fetch has a connector")


def show_answer(s):
    """Print one packet. Return False after the last one of an answer."""
    data, control, _, _ = s.recvmsg(64, 256)
    if not data:
        print("end")
        return False
    print(data.hex(), end="")
    for _, _, value in control:
        fds = array.array("i")
        fds.frombytes(value)
        for fd in fds:
            with socket.socket(fileno=fd) as passed:
                print(" connected to %s:%d" % passed.getpeername()[:2], end="")
    print()
    return int.from_bytes(data[:4], "big") == RESOLVED


client = find_client(int(sys.argv[1]), int(sys.argv[2]))
client.settimeout(60)
for text in sys.argv[3:]:
    client.send(bytes.fromhex(text))
    while show_answer(client):
        pass
