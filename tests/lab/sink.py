#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Accept and close connections, and write a line for each: its own address.

sink.py PORT
"""
import socket
import sys

server = socket.create_server(("", int(sys.argv[1])))
print("ready", flush=True)
while True:
    peer, _ = server.accept()
    print("reached", peer.getsockname()[0], flush=True)
    peer.close()
