#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A token server for docker-registry, over TLS.

tokend.py ADDRESS:PORT CERT KEY ISSUER USER:PASSWORD LOG

The openssl command signs the tokens (RS256) with the certificate's own key.
The token carries the certificate (x5c). The server logs each request as "PATH
AUTHORIZATION".
Source: distribution, "Token Authentication Implementation"
"""
import base64
import http.server
import json
import secrets
import ssl
import subprocess
import sys
import time
import urllib.parse

PLACE, CERT, KEY, ISSUER, WHO, LOG = sys.argv[1:7]


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def token(service, scope):
    kind, name, actions = scope.split(":")
    now = int(time.time())
    with open(CERT, encoding="ascii") as f:
        chain = [base64.b64encode(ssl.PEM_cert_to_DER_cert(f.read())).decode()]
    head = {"typ": "JWT", "alg": "RS256", "x5c": chain}
    claims = {"iss": ISSUER, "sub": "", "aud": service, "iat": now,
              "nbf": now - 10, "exp": now + 300, "jti": secrets.token_hex(8),
              "access": [{"type": kind, "name": name,
                          "actions": actions.split(",")}]}
    text = b64(json.dumps(head).encode()) + "." + b64(
        json.dumps(claims).encode())
    made = subprocess.run(["openssl", "dgst", "-sha256", "-sign", KEY],
                          input=text.encode(), stdout=subprocess.PIPE,
                          check=True)
    return text + "." + b64(made.stdout)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        with open(LOG, "a", encoding="utf-8") as f:
            f.write(f"{self.path} {self.headers['Authorization']}\n")
        query = dict(urllib.parse.parse_qsl(
            urllib.parse.urlsplit(self.path).query))
        want = "Basic " + base64.b64encode(WHO.encode()).decode()
        status, body = 401, b"{}"
        if self.headers["Authorization"] == want:
            status, body = 200, json.dumps({"token": token(
                query["service"], query["scope"])}).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


address, port = PLACE.rsplit(":", 1)
server = http.server.ThreadingHTTPServer((address, int(port)), Handler)
tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
tls.load_cert_chain(CERT, KEY)
server.socket = tls.wrap_socket(server.socket, server_side=True)
server.serve_forever()
