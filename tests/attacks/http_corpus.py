#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A differential test of intake and a proxy.

    http_corpus.py AGENT PROXY SECRET-FILE ACCEPTED-FILE

Each raw request of the corpus goes to intake and, as the same bytes, to the
proxy in front of it. Each body is unique and signed, so that only HTTP can be
the reason of a refusal. A second delivery of one body is a duplicate. So "202"
from intake and then "200" through the proxy proves that both saw the same
request with the same body. The bodies of all accepted requests are written to
ACCEPTED-FILE; the caller compares them with the ledger.

Expectations:
    accept   both see the same requests
    refuse   both refuse
    repair   intake refuses; the proxy may refuse, or may forward the request
             once, in a strict form. No configuration of the proxy prevents it.
"""
import contextlib
import hashlib
import hmac
import socket
import sys

CRLF = b"\r\n"
JSON = b"Content-Type: application/json"


class Corpus:
    """Makes the requests, with one more number in each body."""

    def __init__(self, secret):
        self.secret, self.entries, self.n = secret, [], 0

    def body(self, size=0, inner=b""):
        self.n += 1
        text = b'{"image":"127.0.0.1:5000/acme/web:1.0.%d","pad":"%s' % (
            self.n, inner)
        return text + b"x" * (size - len(text) - 2) + b'"}'

    def sign(self, body):
        return b"X-Hub-Signature-256: sha256=" + hmac.new(
            self.secret, body, hashlib.sha256).hexdigest().encode()

    def raw(self, body=None, line=b"POST /hooks/web HTTP/1.1",
            host=b"Host: agent", length=None, more=(), last=True, eol=CRLF,
            end=CRLF, kind=JSON, sent=None):
        """Return one request. Each header is one element, or None."""
        body = self.body() if body is None else body
        if length is None:
            length = b"Content-Length: %d" % len(body)
        lines = [line, host, kind, self.sign(body), length, *more]
        if last:
            lines.append(b"Connection: close")
        head = eol.join(x for x in lines if x is not None)
        return head + eol + end + (body if sent is None else sent), body

    def add(self, want, name, requests, status=None, half=False):
        """Status: the one that intake must answer. Half: then end sending."""
        data = b"".join(r for r, _ in requests)
        self.entries.append((want, name, data, [b for _, b in requests],
                             status, half))

    def one(self, want, name, status=None, half=False, **how):
        self.add(want, name, [self.raw(**how)], status, half)


def add_plain(c):
    c.one("accept", "plain")
    for size in (60, 1000, 8192, 16384, 65536, 262144, 1048576):
        c.one("accept", "body of %d" % size, body=c.body(size))
    c.one("refuse", "body of 1 MiB and 1", 413, body=c.body(1048577))
    for inner in (b"\\r\\n\\r\\nPOST /hooks/web HTTP/1.1\\r\\n",
                  b"GET /healthz HTTP/1.1", b"0\\r\\n\\r\\n"):
        c.one("accept", "body with %r" % inner, body=c.body(inner=inner))
    for outer in (b"\r\n\r\n", b"\n", b"\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\n"):
        c.one("accept", "blanks before the body %r" % outer,
              body=outer + c.body())
    for line in (b"POST /hooks/web HTTP/1.0", b"POST /hooks/web? HTTP/1.1",
                 b"POST /hooks/web?a=1&b=%20 HTTP/1.1",
                 b"POST /hooks/web?a%00b HTTP/1.1",
                 b"POST /hooks/web?../../x HTTP/1.1"):
        c.one("accept", "line %r" % line, line=line)
    c.one("accept", "HTTP/1.0 without Host", host=None,
          line=b"POST /hooks/web HTTP/1.0")
    for start in (b"\r\n", b"\r\n\r\n"):
        c.one("accept", "empty lines first %r" % start,
              line=start + b"POST /hooks/web HTTP/1.1")
    for host in (b"agent:9099", b"127.0.0.1", b"[::1]", b"[::1]:80", b"a-b_c.d",
                 b"AGENT.example"):
        c.one("accept", "host %r" % host, host=b"Host: " + host)


def add_headers(c):
    for header in (b"X-A:", b"X-A: ", b"X-A:b", b"X-A:\tb", b"X-A: \t b",
                   b"X-A: b ", b"X-A: b\t", b"X-A: b c", b"X-A: b\tc",
                   b"X-A: b:c", b"X-A: \xe9\xff", b"X-A: '\"<>()\\",
                   b"X-A: " + b"b" * 4000, b"x_a: b", b"X.A: b", b"1: 2",
                   b"!#$%&'*+-.^`|~: b", b"Cookie: a=b; c=d", b"Cookie: ;;=",
                   b"TE: trailers", b"Trailer: X-A", b"Keep-Alive: 5",
                   b"Range: bytes=0-1", b"If-Match: x", b"Upgrade: websocket",
                   b"Expect: 100-continue", b"Content-Encoding: x",
                   b"Authorization: Basic eDp5", b"X-Forwarded-For: 192.0.2.1",
                   b"X-Content-Length: 5"):
        c.one("accept", "header %r" % header[:30], more=(header,))
    c.one("accept", "the same header twice", more=(b"X-A: b", b"X-A: c"))
    c.one("accept", "60 headers", more=[b"X-%d: y" % i for i in range(60)])
    for kind in (b"content-type:application/json", b"CONTENT-TYPE: "
                 b"application/json; charset=utf-8",
                 b"Content-Type: Application/JSON ",
                 b"Content-Type:\tapplication/json\t"):
        c.one("accept", "type %r" % kind, kind=kind)
    body = c.body()
    c.one("accept", "blanks behind the signature", body=body, kind=None,
          more=(JSON + b" \t ",))
    for length in (b"content-length:%d", b"CONTENT-LENGTH:  %d",
                   b"Content-Length: 00%d", b"Content-Length: 0000000000%d"):
        body = c.body()
        c.one("accept", "length %r" % length, body=body,
              length=length % len(body))


def add_pipelines(c):
    c.add("accept", "two requests", [c.raw(last=False), c.raw()])
    c.add("accept", "three requests",
          [c.raw(last=False), c.raw(last=False), c.raw()])
    c.add("accept", "a large and a small one",
          [c.raw(c.body(100000), last=False), c.raw()])
    for junk in (b"junk", b"\0", b"\r\n", b"GET /healthz HTTP/1.1\r\n\r\n"):
        r, b = c.raw()
        c.add("accept", "bytes after the last request %r" % junk,
              [(r + junk, b)])
    for first in (b"Transfer-Encoding: chunked", b"Content-Length : 5",
                  b"X-A : b", b"X-A: \0"):
        r, b = c.raw(more=(first,), last=False)
        c.add("refuse", "a request behind a refused one %r" % first,
              [(r, b), c.raw()])


def add_lengths(c):
    for other in (b"Content-Length: 5", b"Content-Length: 0",
                  b"content-length: 99999", b"Content-Length:",
                  b"Content-Length: x", b"CONTENT-LENGTH:\t7"):
        c.one("refuse", "second length %r" % other, 400, more=(other,))
        c.one("refuse", "second length first %r" % other, 400,
              host=other + CRLF + b"Host: agent")
    body = c.body()
    c.one("refuse", "the same length twice", 400, body=body,
          more=(b"Content-Length: %d" % len(body),))
    for value in (b"+%d", b"-%d", b"%d, %d", b"%d,%d", b"0x%x", b"%d;", b"%d.0",
                  b"%d x", b"x%d", b"'%d'", b"%de0", b"\x0b%d", b"%d\0",
                  b"\0%d"):
        body = c.body()
        n = len(body)
        value = value % ((n,) * value.count(b"%"))
        c.one("refuse", "length %r" % value, body=body, half=True,
              length=b"Content-Length: " + value)
    for value in (b"", b"%d" % 2**64, b"%d" % (2**64 + 2), b"9" * 400,
                  b"1048577", b"4294967298"):
        c.one("refuse", "length %r" % value[:30], half=True,
              length=b"Content-Length: " + value)
    c.one("refuse", "no length", 411, length=b"X-A: b")
    body = c.body()
    c.one("refuse", "body too short", body=body, sent=body[:-1], half=True)
    c.one("refuse", "length inside the body", body=body, half=True, status=401,
          length=b"Content-Length: %d" % (len(body) - 5))


def add_encodings(c):
    def chunk(body):
        return b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)

    for value in (b"chunked", b"Chunked", b"identity", b"gzip", b"x",
                  b"gzip, chunked", b"chunked, chunked", b"chunked, identity",
                  b"chunked;q=1", b"'chunked'", b"\x0bchunked", b"xchunked",
                  b"chunkedx", b"", b"0", b"chunked\0", b"chunked,", b"\xe9"):
        for both in (False, True):
            body = c.body()
            length = b"X-A: b" if not both else None
            c.one("refuse", "encoding %r%s" % (value, " and length" * both),
                  body=body, length=length, sent=chunk(body), half=True,
                  more=(b"Transfer-Encoding: " + value,),
                  status=411 if value.lower() == b"chunked" and not both
                  else 400)
    body = c.body()
    c.one("refuse", "encoding before length", 400, body=body,
          host=b"Transfer-Encoding: chunked\r\nHost: agent")
    c.one("refuse", "two encodings", 400, length=b"Transfer-Encoding: chunked",
          more=(b"Transfer-Encoding: identity",), sent=chunk(body))
    c.one("refuse", "encoding in HTTP/1.0", 400, sent=chunk(body),
          line=b"POST /hooks/web HTTP/1.0",
          length=b"Transfer-Encoding: chunked")


def add_names(c):
    for name in (b"Host", b"Content-Type", b"X-Hub-Signature-256",
                 b"Content-Length", b"Transfer-Encoding", b"X-A", b"Connection"):
        for blank in (b" ", b"\t"):
            c.one("refuse", "blank behind %r %r" % (name, blank), 400,
                  more=(name + blank + b": 5",))
    for byte in [*range(0x20), *b"\"(),/;<=>?@[\\]{}", 0x7f, 0x80, 0xff]:
        if byte in b"\r\n":
            continue
        c.one("refuse", "byte %#x in a name" % byte, 400,
              more=(b"X-A" + bytes([byte]) + b"B: c",))
    for name in (b"Content_Length", b"Transfer_Encoding", b"HOST_", b"h_ost"):
        if name.startswith((b"C", b"T")):
            c.one("refuse", "name %r" % name, 400, more=(name + b": 5",))
        else:
            c.one("accept", "name %r" % name, more=(name + b": 5",))
    body = c.body()
    c.one("refuse", "tab before the length", 400, body=body,
          length=b"Content-Length:\t%d" % len(body))
    c.one("refuse", "tab before the host", 400, host=b"Host: \tagent")
    c.one("refuse", "empty name", 400, more=(b": b",))
    for fold in (b" b", b"\tb", b" : b", b" Content-Length: 5"):
        c.one("refuse", "folded line %r" % fold, 400,
              more=(b"X-A: b", fold))
        c.one("refuse", "folded first header %r" % fold, half=True,
              host=fold + CRLF + b"Host: agent")
    c.one("refuse", "a fold that makes a name", 400,
          length=b"Content: 60\r\n -Length", half=True)


def add_values(c):
    for byte in [*range(0x20), 0x7f]:
        if byte in b"\t\r\n":
            continue
        for value in (b"b%cc" % byte, b"%cb" % byte, b"b%c" % byte):
            c.one("refuse", "value %r" % value, 400, more=(b"X-A: " + value,))
    c.one("refuse", "CR in a value", 400, more=(b"X-A: b\rX-B: c",))
    body = c.body()
    c.one("refuse", "NUL behind the signature", 400, body=body,
          kind=JSON + CRLF + c.sign(body) + b"\0junk")
    for twice in (JSON, b"X-Hub-Signature-256: sha256=00", b"Host: agent",
                  b"Host: other"):
        c.one("refuse", "second %r" % twice, 400, more=(twice,))
    c.one("refuse", "no Host", 400, host=None)
    for host in (b"", b" ", b"a/b", b"a b", b"a..b", b".a", b"a,b", b"a@b",
                 b"a?b", b"a#b", b"a\\b", b"a\0b", b"\xe9"):
        c.one("refuse", "host %r" % host, 400, host=b"Host: " + host)
    c.one("refuse", "form type", 415,
          kind=b"Content-Type: text/plain")


def add_lines(c):
    for path in (b"%00", b"/hooks/web%00", b"/hooks/%00web", b"/hooks/we%00b",
                 b"/hooks/web%00/x", b"/%00/hooks/web", b"/hooks%2fweb",
                 b"/hooks/w%65b", b"/hooks/web%", b"/hooks/web%0",
                 b"/hooks/web%zz", b"/hooks/web%0d%0a", b"/hooks/web#a",
                 b"/hooks/w\xe9b", b"/hooks/web\x01", b"/hooks/web\x7f",
                 b"/hooks/web\0", b"/hooks/web\0x", b"/hooks/web?\0",
                 b"http://agent/hooks/web", b"https://agent/hooks/web",
                 b"ftp://agent/hooks/web", b"//agent/hooks/web", b"agent:9099",
                 b"*", b"hooks/web", b"/hooks/web\t", b"/hooks/web x",
                 b"\\hooks\\web"):
        c.one("refuse", "path %r" % path,
              line=b"POST " + path + b" HTTP/1.1")
    for path in (b"/hooks//web", b"//hooks/web", b"/./hooks/web", b"/hooks/web/",
                 b"/x/../hooks/web", b"/hooks/../hooks/web", b"/hooks/Web",
                 b"/hooks/web;a", b"/HOOKS/web", b"/hooks", b"/hooks/", b"/",
                 b"/hooks/webb", b"/healthz"):
        c.one("refuse", "path %r" % path,
              line=b"POST " + path + b" HTTP/1.1")
    for version in (b"HTTP/1.2", b"HTTP/1.9", b"HTTP/1.10", b"HTTP/1.01",
                    b"HTTP/01.1", b"HTTP/2.0", b"HTTP/0.9", b"HTTP/1", b"HTTP/",
                    b"http/1.1", b"HTTP/1.1x", b"HTTPS/1.1", b"HTTP/1.1\0",
                    b"XTTP/1.1", b""):
        c.one("refuse", "version %r" % version,
              line=b"POST /hooks/web " + version)
    c.one("refuse", "no version", line=b"POST /hooks/web")
    for method in (b"GET", b"PUT", b"HEAD", b"DELETE", b"OPTIONS", b"PATCH",
                   b"TRACE", b"CONNECT", b"post", b"Post", b"POSTX", b"P\0ST",
                   b"P(ST", b"", b"PRI"):
        c.one("refuse", "method %r" % method,
              line=method + b" /hooks/web HTTP/1.1")
    for line in (b"POST  /hooks/web HTTP/1.1", b"POST\t/hooks/web HTTP/1.1",
                 b"POST /hooks/web  HTTP/1.1", b"POST /hooks/web\tHTTP/1.1",
                 b" POST /hooks/web HTTP/1.1", b"POST /hooks/web HTTP/1.1\0"):
        c.one("refuse", "line %r" % line, line=line)


def add_sizes(c):
    for name, more in (("header of 12 KiB", [b"X-A: " + b"b" * 12288]),
                       ("header of 64 KiB", [b"X-A: " + b"b" * 65536]),
                       ("3 headers of 4 KiB", [b"X-A: " + b"b" * 4096] * 3),
                       ("10,000 headers", [b"a:b"] * 10000)):
        c.one("refuse", name, more=more, half=True)
    c.one("refuse", "path of 64 KiB", half=True,
          line=b"POST /hooks/" + b"w" * 65536 + b" HTTP/1.1")


def add_repairs(c):
    """Each of these is refused by intake and forwarded by Debian's nginx."""
    for name, how in (
            ("bare LF everywhere", {"eol": b"\n", "end": b"\n"}),
            ("bare LF at the end", {"end": b"\n"}),
            ("bare LF in the head", {"eol": b"\n"}),
            ("bare LF after the line",
             {"line": b"POST /hooks/web HTTP/1.1\nX-A: b"}),
            ("bare LF after a header", {"more": (b"X-A: b\nX-B: c",)}),
            ("bare LF before a length", {"more": (b"X-A: b\nX-B: 5",)}),
            ("CR CR LF", {"more": (b"X-A: b\r",)}),
            ("no colon", {"more": (b"X-A",)}),
            ("blank behind the line",
             {"line": b"POST /hooks/web HTTP/1.1 "})):
        c.one("repair", name, **how)
    body = c.body()
    c.one("repair", "blank behind the length", body=body,
          length=b"Content-Length: %d " % len(body))


def end_sending(s):
    """Close one direction. The peer may have closed both before."""
    with contextlib.suppress(OSError):
        s.shutdown(socket.SHUT_WR)


def exchange(address, data, half):
    """Send the bytes; return the statuses of the answers."""
    host, port = address.rsplit(":", 1)
    got = b""
    with socket.create_connection((host, int(port)), 120) as s:
        try:
            s.sendall(data)
            if half:
                end_sending(s)
            while True:
                part = s.recv(65536)
                if not part:
                    break
                got += part
        except (ConnectionResetError, BrokenPipeError):
            pass
    return statuses(got)


def statuses(got):
    """Split a stream of answers."""
    found = []
    while got.startswith(b"HTTP/1.") and CRLF * 2 in got:
        head, got = got.split(CRLF * 2, 1)
        status = int(head.split(b" ", 2)[1])
        for line in head.split(CRLF)[1:]:
            name, value = line.split(b":", 1)
            if name.lower() == b"content-length":
                got = got[int(value):]
        if status >= 200:
            found.append(status)
    return found


def judge(want, n, status, direct, proxied):
    """Return None if intake and the proxy agree as expected."""
    good = [s for s in direct if s < 300], [s for s in proxied if s < 300]
    if want == "accept":
        if good != ([202] * n, [200] * n):
            return "expected the same %d requests" % n
    elif good[0] or (want == "refuse" and good[1]) or good[1] not in ([], [202]):
        return "expected a refusal"
    if status is not None and direct[:1] != [status]:
        return "expected %d from intake" % status
    return None


def main():
    agent, proxy, secret, accepted = sys.argv[1:]
    c = Corpus(open(secret, "rb").read().strip())
    for add in (add_plain, add_headers, add_pipelines, add_lengths,
                add_encodings, add_names, add_values, add_lines, add_sizes,
                add_repairs):
        add(c)
    bad, bodies, count = 0, [], {}
    for want, name, data, own, status, half in c.entries:
        direct = exchange(agent, data, half)
        proxied = exchange(proxy, data, half)
        why = judge(want, len(own), status, direct, proxied)
        count[want] = count.get(want, 0) + 1
        if why is not None:
            bad += 1
            print("%s: %s: %s; intake %s, through the proxy %s" % (
                want, name, why, direct, proxied))
        if want == "accept" or any(s < 300 for s in proxied):
            bodies += own
    with open(accepted, "w", encoding="ascii") as f:
        for b in sorted(hashlib.sha256(b).hexdigest() for b in bodies):
            print(b, file=f)
    print(" ".join("%s=%d" % x for x in sorted(count.items())), "bad=%d" % bad)
    return bad != 0 or count["accept"] < 50 or count["refuse"] < 150


if __name__ == "__main__":
    sys.exit(main())
