#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A registry that lies, in front of an honest registry.

stub.py UPSTREAM-URL REPOSITORY LOG ADDRESS:PORT...

Every repository trap/NAME is REPOSITORY of the honest registry with the fault
that NAME says; trap/plain has no fault. The stub appends a line "PORT METHOD
PATH AUTHORIZATION" to LOG before it answers a request. All ports serve the
same repositories; redirects and token realms point at the last two.
"""
import hashlib
import http.server
import json
import sys
import threading
import time
import urllib.error
import urllib.request

UPSTREAM, REPOSITORY, LOG = sys.argv[1:4]
PLACES = [(a.rsplit(":", 1)[0], int(a.rsplit(":", 1)[1]))
          for a in sys.argv[4:]]
OTHER, SINK = sys.argv[-2], sys.argv[-1]
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
BIG = 5 << 20
PAGE = b"<p>come again later</p>\n" * 200
lock = threading.Lock()
asked = {"signatures": threading.Event(), "referrers": threading.Event()}


def digest_of(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def upstream(kind, ref):
    """(status, content type, body) of the honest registry"""
    ask = urllib.request.Request(
        f"{UPSTREAM}/v2/{REPOSITORY}/{kind}/{ref}",
        headers={"Accept": f"{MANIFEST}, {INDEX}"})
    try:
        with urllib.request.urlopen(ask) as a:
            return a.status, a.headers["Content-Type"], a.read()
    except urllib.error.HTTPError as e:
        return e.code, "application/json", e.read()


def is_image(kind, ref):
    return kind == "manifests" and not ref.startswith("sha256-")


def entry(body, **more):
    return {"mediaType": MANIFEST, "digest": digest_of(body),
            "size": len(body), **more}


def index(*entries):
    return json.dumps({"schemaVersion": 2, "mediaType": INDEX,
                       "manifests": list(entries)}).encode()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, kind, body, **headers):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for k, v in headers.items():
            self.send_header(k.replace("_", "-"), v)
        self.end_headers()
        self.wfile.write(body)

    def plain(self, kind, ref):
        self.answer(*upstream(kind, ref))

    def redirect(self, to, body=b""):
        self.answer(307, "text/html", body, Location=to)

    def chunked(self, kind, body):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for i in range(0, len(body), 65536):
            part = body[i:i + 65536]
            self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
        self.wfile.write(b"0\r\n\r\n")

    # ---- faults of an image ---------------------------------------------

    def trap_plain(self, kind, ref):
        self.plain(kind, ref)

    def trap_digest_header(self, kind, ref):
        status, of, body = upstream(kind, ref)
        self.answer(status, of, body,
                    Docker_Content_Digest="sha256:" + "0" * 64)

    def trap_other_blob(self, kind, ref):
        status, of, body = upstream(kind, ref)
        if kind == "blobs":
            body = body[:-1] + b" "
        self.answer(status, of, body)

    def trap_short_blob(self, kind, ref):
        status, of, body = upstream(kind, ref)
        self.answer(status, of, body[:-1] if kind == "blobs" else body)

    def trap_other_manifest(self, kind, ref):
        _, of, body = upstream("manifests", "1.0.0")
        if kind == "manifests" and ref == "1.0.0":
            self.answer(200, INDEX, index(entry(body, platform={
                "os": "linux", "architecture": "amd64"})))
        elif kind == "manifests" and ref.startswith("sha256:"):
            self.answer(200, of, body + b"\n")
        else:
            self.plain(kind, ref)

    def trap_long_declared(self, kind, ref):
        self.answer(200, MANIFEST, b" " * BIG)

    def trap_long_chunked(self, kind, ref):
        self.chunked(MANIFEST, b" " * BIG)

    def trap_html(self, kind, ref):
        status, _, body = upstream(kind, ref)
        self.answer(status, "text/html; charset=utf-8", body)

    def trap_called_index(self, kind, ref):
        status, of, body = upstream(kind, ref)
        self.answer(status, INDEX if is_image(kind, ref) else of, body)

    def trap_broken(self, kind, ref):
        self.answer(500, "text/plain", b"oops")

    def trap_busy(self, kind, ref):
        self.answer(429, "text/plain", b"", Retry_After="1")

    def trap_busy_page(self, kind, ref):
        """The error page is longer than the requested blob."""
        if kind == "blobs":
            self.answer(503, "text/html", PAGE)
        else:
            self.plain(kind, ref)

    def trap_type_bytes(self, kind, ref):
        status, of, body = upstream(kind, ref)
        self.answer(status, of + ";\x01\x7f" if kind == "blobs" else
                    of + "\x01", body)

    def trap_cut(self, kind, ref):
        self.send_response(200)
        self.send_header("Content-Type", MANIFEST)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b"{")
        self.close_connection = True

    def trap_drip(self, kind, ref):
        self.send_response(200)
        self.send_header("Content-Type", MANIFEST)
        self.send_header("Content-Length", "100000")
        self.end_headers()
        try:
            for _ in range(600):
                self.wfile.write(b" ")
                time.sleep(0.2)
        except OSError:
            self.close_connection = True

    def trap_together(self, kind, ref):
        """Answer no request for signatures before both kinds were requested."""
        of = "signatures" if ref.endswith(".sig") else kind
        if of in asked:
            asked[of].set()
            if not all(e.wait(5) for e in asked.values()):
                self.answer(500, "text/plain", b"only one was asked for")
                return
        self.plain(kind, ref)

    # ---- targets of a redirect ------------------------------------------

    def away(self, kind, ref, to):
        if kind == "blobs":
            self.redirect(to)
        else:
            self.plain(kind, ref)

    def trap_to_other(self, kind, ref):
        if self.headers["Authorization"] is None:
            self.answer(401, "text/plain", b"",
                        WWW_Authenticate='Basic realm="trap"')
        else:
            self.away(kind, ref, f"http://{OTHER}/v2/trap/plain/{kind}/{ref}")

    def trap_to_other_page(self, kind, ref):
        if kind == "blobs":
            self.redirect(f"http://{OTHER}/v2/trap/plain/{kind}/{ref}"
                          f"?signature={'s' * 600}", PAGE)
        else:
            self.plain(kind, ref)

    def trap_to_bytes(self, kind, ref):
        self.away(kind, ref, f"http://{SINK}/\x01\x7f")

    def trap_to_long(self, kind, ref):
        self.away(kind, ref, f"http://{SINK}/{ref}?secret={'s' * 600}")

    def trap_to_sink(self, kind, ref):
        self.away(kind, ref, f"http://{SINK}/{ref}")

    def trap_to_file(self, kind, ref):
        self.away(kind, ref, "file:///etc/passwd")

    def trap_to_plain(self, kind, ref):
        self.away(kind, ref, f"http://localhost:5001/v2/acme/web/blobs/{ref}")

    def trap_to_user(self, kind, ref):
        self.away(kind, ref, f"http://{OTHER}@{SINK}/{ref}")

    def trap_to_itself(self, kind, ref):
        self.away(kind, ref, self.path)

    def trap_moved_manifest(self, kind, ref):
        self.redirect(f"http://{OTHER}/v2/trap/plain/{kind}/{ref}")

    def trap_realm(self, kind, ref):
        self.answer(401, "text/plain", b"", WWW_Authenticate='Bearer '
                    f'realm="http://{SINK}/token",service="trap"')

    def trap_no_token(self, kind, ref):
        here = f"http://{self.headers['Host']}/token"
        self.answer(401, "text/plain", PAGE,
                    WWW_Authenticate=f'Bearer realm="{here}",service="trap"')

    # ---- faults of the list of referrers --------------------------------

    def referrers(self, kind, ref, *answer, **headers):
        if kind == "referrers":
            self.answer(*answer, **headers)
        else:
            self.plain(kind, ref)

    def trap_list_html(self, kind, ref):
        self.referrers(kind, ref, 200, "text/html", b"<html>hello</html>")

    def trap_list_no_json(self, kind, ref):
        self.referrers(kind, ref, 200, INDEX, b"]{")

    def trap_list_long(self, kind, ref):
        many = [{"mediaType": MANIFEST, "size": 2,
                 "digest": digest_of(b"%d" % i)} for i in range(2000)]
        self.referrers(kind, ref, 200, INDEX, index(*many))

    def trap_list_big(self, kind, ref):
        self.referrers(kind, ref, 200, INDEX, b" " * BIG)

    def trap_list_broken(self, kind, ref):
        self.referrers(kind, ref, 500, "text/plain", b"")

    def trap_list_other_subject(self, kind, ref):
        """List only a signature whose subject is another image."""
        of = "application/vnd.dev.sigstore.bundle.v0.3+json"
        blob = b'{"mediaType":"' + of.encode() + b'"}'
        said = json.dumps({
            "schemaVersion": 2, "mediaType": MANIFEST, "artifactType": of,
            "config": {"mediaType": "application/vnd.oci.empty.v1+json",
                       "digest": digest_of(b"{}"), "size": 2},
            "layers": [{"mediaType": of, "digest": digest_of(blob),
                        "size": len(blob)}],
            "subject": {"mediaType": MANIFEST, "size": 1,
                        "digest": digest_of(b"another")}}).encode()
        if kind == "referrers":
            self.answer(200, INDEX, index(entry(said, artifactType=of)))
        elif ref == digest_of(said):
            self.answer(200, MANIFEST, said)
        elif ref == digest_of(blob):
            self.answer(200, "application/octet-stream", blob)
        elif ref.startswith("sha256-"):
            self.answer(404, "application/json", b"{}")
        else:
            self.plain(kind, ref)

    def do_GET(self):
        with lock, open(LOG, "a", encoding="utf-8") as f:
            f.write(f"{self.server.server_port} GET {self.path} "
                    f"{self.headers['Authorization']}\n")
        part = self.path.partition("?")[0].split("/")
        if part[1:] == ["token"]:
            self.answer(200, "application/json", b"{}")
            return
        if len(part) != 6 or part[1:3] != ["v2", "trap"]:
            self.answer(404, "text/plain", b"")
            return
        getattr(self, "trap_" + part[3].replace("-", "_"),
                self.trap_broken)(part[4], part[5])


servers = [http.server.ThreadingHTTPServer(p, Handler) for p in PLACES]
for s in servers[1:]:
    threading.Thread(target=s.serve_forever, daemon=True).start()
servers[0].serve_forever()
