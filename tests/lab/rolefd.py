#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Use a descriptor of a running process, as code inside that process can.

pidfd_getfd(2) returns the same open file description, with its position and its
flags. A jail cannot prevent these acts: they use only write(2), lseek(2) and
fcntl(2) with F_SETFL.

  rolefd.py PID FD rewrite TEXT   clear O_APPEND and write TEXT at the start;
                                  prints the reason if that is impossible
  rolefd.py PID FD write          write standard input
  rolefd.py PID FD flood N TEXT   write TEXT N times, one line each, and wait
                                  while the reader is slow
"""
import ctypes
import fcntl
import os
import select
import sys

PIDFD_GETFD = 438


def take(pid, fd):
    libc = ctypes.CDLL(None, use_errno=True)
    got = libc.syscall(PIDFD_GETFD, os.pidfd_open(pid), fd, 0)
    if got < 0:
        raise OSError(ctypes.get_errno(), "pidfd_getfd")
    return got


def write_all(fd, data):
    while data:
        select.select([], [fd], [])
        try:
            data = data[os.write(fd, data):]
        except BlockingIOError:
            pass


def rewrite(fd, text):
    try:
        flags = fcntl.fcntl(fd, fcntl.F_GETFL)
        fcntl.fcntl(fd, fcntl.F_SETFL, flags & ~os.O_APPEND)
        os.lseek(fd, 0, os.SEEK_SET)
        os.write(fd, text.encode() + b"\n")
    except OSError as e:
        print(e.strerror)


def flood(fd, count, text):
    for _ in range(count):
        write_all(fd, text.encode() + b"\n")


def main():
    fd = take(int(sys.argv[1]), int(sys.argv[2]))
    if sys.argv[3] == "rewrite":
        rewrite(fd, sys.argv[4])
    elif sys.argv[3] == "write":
        write_all(fd, sys.stdin.buffer.read())
    else:
        flood(fd, int(sys.argv[4]), sys.argv[5])


main()
