#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A TCP relay that terminates TLS, counts bytes, or both.

relay.py LISTEN TO [--tls CERT KEY] [--count FILE]

When a connection ends, the relay appends a line to FILE: the number of bytes
that went to the client.
"""
import argparse
import socket
import ssl
import threading

args = argparse.ArgumentParser()
args.add_argument("listen")
args.add_argument("to")
args.add_argument("--tls", nargs=2)
args.add_argument("--count")
args = args.parse_args()


def place(s):
    host, port = s.rsplit(":", 1)
    return host, int(port)


def pump(src, dst):
    total = 0
    try:
        while data := src.recv(65536):
            dst.sendall(data)
            total += len(data)
    except OSError:
        pass
    try:
        dst.shutdown(socket.SHUT_WR)
    except OSError:
        pass
    return total


def serve(client, tls):
    try:
        client.settimeout(60)
        if tls:
            client = tls.wrap_socket(client, server_side=True)
        server = socket.create_connection(place(args.to))
    except OSError:
        client.close()
        return
    up = threading.Thread(target=pump, args=(client, server))
    up.start()
    total = pump(server, client)
    if args.count:
        with open(args.count, "a", encoding="ascii") as f:
            f.write(f"{total}\n")
    up.join()
    client.close()
    server.close()


def main():
    tls = None
    if args.tls:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(*args.tls)
    listener = socket.create_server(place(args.listen), backlog=64)
    while True:
        client, _ = listener.accept()
        threading.Thread(target=serve, args=(client, tls),
                         daemon=True).start()


main()
