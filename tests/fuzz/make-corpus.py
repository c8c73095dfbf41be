#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""make-corpus.py HERE TMP: the seeds; called by make-corpus.sh."""
import base64
import hashlib
import hmac
import json
import os
import struct
import subprocess
import sys

here, tmp = sys.argv[1:]
IMAGE = "registry.example.com/acme/web"
OCI = "application/vnd.oci.image."
BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json"
INTOTO = "application/vnd.in-toto+json"


def read(*parts):
    with open(os.path.join(*parts), "rb") as f:
        return f.read()


def seed(target, name, data):
    folder = os.path.join(here, "corpus", target)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, name), "wb") as f:
        f.write(data if isinstance(data, bytes) else data.encode())


def b64(data):
    return base64.b64encode(data).decode()


def sha(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def compact(value):
    return json.dumps(value, separators=(",", ":")).encode()


def sign(data):
    return subprocess.run(
        ["openssl", "dgst", "-sha256", "-sign", tmp + "/cosign.key"],
        input=data, stdout=subprocess.PIPE, check=True).stdout


def desc(media, data, **more):
    return {"mediaType": media, "digest": sha(data), "size": len(data), **more}


def text(data):
    data = data if isinstance(data, bytes) else data.encode()
    return struct.pack(">I", len(data)) + data


def oid(kind, data):
    return hashlib.sha1(b"%s %d\0" % (kind, len(data)) + data).hexdigest()


for folder, _, names in os.walk(os.path.join(here, "corpus")):
    for name in names:
        if not name.startswith("found-"):
            os.unlink(os.path.join(folder, name))

# one complete release
tag, commit = read(tmp, "tag"), read(tmp, "commit")
tag_oid, commit_oid = oid(b"tag", tag), oid(b"commit", commit)
config = compact({
    "architecture": "amd64", "os": "linux", "config": {"Labels": {
        "org.opencontainers.image.revision": commit_oid,
        "org.opencontainers.image.version": "1.1.0"}},
    "rootfs": {"type": "layers", "diff_ids": [sha(b"layer")]}})
manifest = compact({
    "schemaVersion": 2, "mediaType": OCI + "manifest.v1+json",
    "config": desc(OCI + "config.v1+json", config),
    "layers": [desc(OCI + "layer.v1.tar", b"layer")]})
index = compact({
    "schemaVersion": 2, "mediaType": OCI + "index.v1+json", "manifests": [
        desc(OCI + "manifest.v1+json", manifest,
             platform={"os": "linux", "architecture": "amd64"}),
        desc(OCI + "manifest.v1+json", b"attestation",
             platform={"os": "unknown", "architecture": "unknown"})]})
digest = sha(index)
payload = compact({"critical": {
    "identity": {"docker-reference": IMAGE},
    "image": {"docker-manifest-digest": digest},
    "type": "cosign container image signature"}, "optional": None})
signature = sign(payload)
sig_manifest = compact({
    "schemaVersion": 2, "mediaType": OCI + "manifest.v1+json",
    "config": desc(OCI + "config.v1+json", b"{}"),
    "layers": [desc("application/vnd.dev.cosign.simplesigning.v1+json",
                    payload, annotations={
                        "dev.cosignproject.cosign/signature": b64(signature)
                    })]})
statement = compact({
    "_type": "https://in-toto.io/Statement/v1",
    "subject": [{"digest": {"sha256": digest[7:]}}],
    "predicateType": "https://sigstore.dev/cosign/sign/v1", "predicate": {}})
pae = b"DSSEv1 %d %s %d %s" % (
    len(INTOTO), INTOTO.encode(), len(statement), statement)
dsse = sign(pae)
bundle = compact({
    "mediaType": BUNDLE,
    "verificationMaterial": {"publicKey": {"hint": "web"}},
    "dsseEnvelope": {"payload": b64(statement), "payloadType": INTOTO,
                     "signatures": [{"sig": b64(dsse)}]}})
bundle_manifest = compact({
    "schemaVersion": 2, "mediaType": OCI + "manifest.v1+json",
    "artifactType": BUNDLE,
    "config": desc("application/vnd.oci.empty.v1+json", b"{}"),
    "layers": [desc(BUNDLE, bundle)],
    "subject": desc(OCI + "index.v1+json", index)})
referrers = compact({
    "schemaVersion": 2, "mediaType": OCI + "index.v1+json", "manifests": [
        desc(OCI + "manifest.v1+json", bundle_manifest,
             artifactType=BUNDLE)]})


def files():
    names = ["services.d/web.yaml", "keys/web.allowed_signers",
             "keys/web-cosign.pub"]
    data = [read(here, "policy", n) for n in names]
    return names, data


def evidence(blobs, lookups, git=True):
    names, data = files()
    doc = {
        "format": "pratique-evidence/1", "service": "web",
        "seen": 1720000000,
        "policy": {"hash": sha(b"policy"), "files": [
            {"name": n, "data": b64(d)} for n, d in zip(names, data)]},
        "callback": {"digest": digest, "commit": commit_oid,
                     "git_tag": "v1.1.0"},
        "image": {"repository": IMAGE, "tag": "1.1.0", "digest": digest},
        "platform": {"os": "linux", "architecture": "amd64"},
        "blobs": [{"digest": sha(d), "media_type": m, "data": b64(d)}
                  for m, d in blobs],
        "lookups": lookups}
    if git:
        doc["git"] = {
            "repository": "https://git.example.com/acme/web.git",
            "tag": "v1.1.0", "ref": tag_oid + " refs/tags/v1.1.0",
            "peeled": commit_oid + " refs/tags/v1.1.0^{}",
            "tag_object": {"oid": tag_oid, "data": b64(tag)},
            "commit_object": {"oid": commit_oid, "data": b64(commit)}}
    return compact(doc)


def lookup(what, ref, data=None):
    found = {"digest": sha(data)} if data else {}
    return {"what": what, "ref": ref, "status": 200 if data else 404, **found}


image = [(OCI + "index.v1+json", index), (OCI + "manifest.v1+json", manifest),
         (OCI + "config.v1+json", config)]
asked = [lookup("referrers", digest), lookup("fallback-tag", digest)]
simple = evidence(
    image + [(OCI + "manifest.v1+json", sig_manifest), ("", payload)],
    asked + [lookup("cosign-tag", "sig", sig_manifest)])
keyed = evidence(
    image + [(OCI + "index.v1+json", referrers),
             (OCI + "manifest.v1+json", bundle_manifest), (BUNDLE, bundle)],
    [lookup("referrers", digest, referrers), lookup("cosign-tag", "sig")])
unsigned = evidence(image, asked + [lookup("cosign-tag", "sig"),
                                    lookup("git-ref", "v1.1.0")], git=False)
for target in ("evidence", "judge"):
    seed(target, "simple-signing", simple)
    seed(target, "bundle", keyed)
    seed(target, "unsigned", unsigned)
seed("evidence", "duplicate-member", '{"seen":1,"seen":2}')
with open(os.path.join(here, "policy", "signed-digest"), "w") as f:
    f.write(digest + "\n")

# its pieces
for name, data in (("index", index), ("manifest", manifest),
                   ("config", config), ("signature-manifest", sig_manifest),
                   ("bundle-manifest", bundle_manifest)):
    seed("oci", name, data)
seed("oci", "both", compact({"schemaVersion": 2, "manifests": [], "layers": [],
                             "config": desc("x", b"")}))
seed("oci", "config-with-odd-labels", compact({
    "architecture": "amd64", "os": "linux", "rootfs": {}, "config": {
        "Labels": {"org.opencontainers.image.version": 1,
                   "pratique.version": "9999"}}}))
for name, reference in {
        "docker-short": "nginx", "docker-tag": "acme/web:1.1.0",
        "docker-index": "index.docker.io/library/nginx",
        "port": "127.0.0.1:5000/acme/web:1.1.0@sha256:" + "1" * 64,
        "v6": "[::1]:5000/a-b--c/d.e/f_g__h", "upper-case": "r.example/Web",
        "two-digests": "r.example/web@sha256:" + "1" * 64 + "@"}.items():
    seed("repository", name, reference)
for name, lines in {
        "v": "v{version}\n1.2.0", "monorepo": "acme@{version}\nacme@1.2.0",
        "folder": "api/v{version}-x\napi/v1-x", "no-tag": "{version}\n1..0",
        "lock": "{version}k\na.loc", "two-holes": "{version}{version}\nvv",
        "utf-8": "\u00e4{version}\n\u00e41", "host": "\n[2001:db8::7]:5000",
        "address": "\n127.0.0.1:65536", "repository": "\nr.example:5000/a__b/c",
        "service": "\nweb-1", "replaced": "\nweb.pratique-new-7",
        "url": "\nhttps://git.example.com/acme/web.git"}.items():
    seed("names", name, lines)
seed("bundle", "bundle", bundle)
seed("bundle", "statement", statement)
seed("bundle", "statement-of-zero",
     statement.replace(digest[7:].encode(), b"0" * 64))
seed("bundle", "annotated-of-zero",
     statement.replace(digest[7:].encode(), b"0" * 64).replace(
         b"}}]", b'},"annotations":{"version":"1.1.0"}}]'))
seed("simplesigning", "payload", payload)
seed("simplesigning", "payload-of-zero",
     payload.replace(digest[7:].encode(), b"0" * 64))
seed("simplesigning", "annotated-of-zero",
     payload.replace(digest[7:].encode(), b"0" * 64).replace(
         b'"optional":null', b'"optional":{"version":"1.1.0"}'))
seed("pubkey", "p256", files()[1][2])
seed("pubkey", "two-keys", files()[1][2] * 2)
seed("policy", "web.yaml", files()[1][0])
seed("policy", "minimal.yaml", """service: web
image: 127.0.0.1:5000/a
accept-alone: a laboratory
callbacks: [{scheme: standard-webhooks, secrets: [s]}]
require: [{image-signature: {cosign-key: keys/web-cosign.pub}}]
quarantine: {delay: 0s}
deploy: {container: a, order: start-first, keep: 2, posture: warn}
""")
seed("policy", "requirements.yaml", """service: web
image: 127.0.0.1:5000/a
accept-alone: a laboratory
callbacks: [{scheme: standard-webhooks, secrets: [s]}]
source:
  repository: http://127.0.0.1:8080/web.git
  tag: "v{version}"
  signers: [{ssh: keys/web.allowed_signers}, {ssh: {file: keys/web.allowed_signers, party: p}, threshold: 1}]
require:
  - image-signature: {cosign-key: keys/web-cosign.pub, party: a, threshold: 1}
  - any:
      - image-signature: {cosign-key: [keys/web-cosign.pub]}
      - image-signature: {cosign-key: keys/web-cosign.pub, party: b}
quarantine: {delay: 0s}
deploy: {container: a}
""")
seed("policy", "alias.yaml", "service: &a web\nimage: *a\n")
seed("policy", "empty.yaml", "")

# messages: u32 type, u64 job, fields; message_seeds made one for each type
def proof_of(form, signed, by):
    """Encode a proof (proof.h): the image's documents, its signature, the tag.
    """
    return text(
        b"PQPR" + struct.pack(">I", 2) + text(index) + text(manifest) +
        text(config) + struct.pack(">IIII", 2, 0, 0, form) + text(signed) +
        text(by) + struct.pack(">III", 1, 0, 3) + text(tag) + text(b""))


proof = proof_of(1, payload, signature)
bundled = proof_of(2, statement, dsse)
head = struct.pack(">Q", 7) + text("web") + text(sha(b"policy")) + \
    text("1.1.0") + text(digest)


def message(name, body):
    return read(tmp, "messages", name)[:4] + struct.pack(">Q", 1) + body


for name in os.listdir(os.path.join(tmp, "messages")):
    seed("message", name, read(tmp, "messages", name))
for target in ("message", "proof"):
    seed(target, "notice-simple", message("notice", head + proof))
    seed(target, "notice-bundle", message("notice", head + bundled))
finding = (struct.pack(">II", 4, 2) + text("a key of the policy signed it") +
           text("cosign SIGNATURE_SPEC.md") + text(digest))
seed("findings", "one", struct.pack(">I", 1) + finding)
seed("findings", "three", struct.pack(">I", 3) + finding * 3)
seed("findings", "none", struct.pack(">I", 0))
seed("findings", "warning", struct.pack(">III", 1, 17, 3) +
     text("host-pid: it sees") + text("policy: deploy.posture") + text(""))
seed("findings", "escapes", struct.pack(">III", 1, 1, 0) +
     text(b"\x1b[2J" * 120) + text("") + text(b"\xff\\x41"))

# results of fetch's children
raw = bytes.fromhex(digest[7:])
seed("gather", "image", struct.pack(">I", 2) + text("") + raw +
     text("linux") + text("amd64") + struct.pack(">I", 2) +
     raw + text(OCI + "index.v1+json") + text(index) +
     hashlib.sha256(config).digest() + text("") + text(config) +
     struct.pack(">I", 1) + text("cosign-tag") + text("x") +
     struct.pack(">I", 404) + bytes(32) + text("") * 6)
seed("gather", "git", struct.pack(">I", 2) + text("") + bytes(32) +
     text("") * 2 + struct.pack(">II", 0, 0) +
     text(tag_oid + " refs/tags/v1.1.0") + text("") +
     text(bytes.fromhex(tag_oid)) + text(bytes.fromhex(commit_oid)) +
     text(tag) + text(commit))
seed("gather", "refused", struct.pack(">I", 0) + text("404") + bytes(32) +
     text("") * 2 + struct.pack(">II", 0, 0) + text("") * 6)

# callbacks
mac = hmac.new(b"a secret of ours", b"{}", "sha256").hexdigest()
seed("callback", "github", b"{}\xffsha256=" + mac.encode() + b"\xffd-1\xff")
seed("callback", "github-bad", b"{}\xffsha256=" + b"0" * 64 + b"\xffd-1\xff")
seed("callback", "standard", b'{"test": 2432232314}' + b"\xff" +
     b"v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=" +
     b"\xffmsg_p5jXN8AQM9LWM0D4loKWxJek\xff1614265330")
seed("callback", "standard-two", b"{}\xffv1,AAAA v1a,BBBB\xffid\xff-1")
seed("hint", "pratique", compact({
    "image": IMAGE + ":1.1.0", "digest": digest, "commit": commit_oid,
    "id": "msg_1"}))
seed("hint", "push", compact({
    "ref": "refs/tags/v1.1.0", "after": tag_oid, "deleted": False,
    "repository": {"full_name": "acme/web"}}))
seed("hint", "package", compact({
    "action": "published", "package": {
        "package_type": "CONTAINER", "name": "web", "namespace": "acme",
        "package_version": {"version": digest, "container_metadata": {
            "tag": {"name": "1.1.0", "digest": digest}}}},
    "repository": {"full_name": "acme/web"}}))
seed("hint", "standard", compact({
    "type": "image.pushed", "timestamp": "2024-01-01T00:00:00Z",
    "data": {"image": IMAGE + ":1.1.0"}}))

# git
for name in ("good/ed25519", "good/rsa", "bad/two-signatures", "bad/nested",
             "bad/unsigned", "bad/crlf"):
    data = read(here, "../fixtures/gittag", name)
    seed("gittag", os.path.basename(name), data)
    at = data.find(b"-----BEGIN SSH")
    if at >= 0 and name.startswith("good"):
        seed("sshsig", os.path.basename(name), data[at:])
seed("gittag", "v1.1.0", tag)
for line in read(here, "../fixtures/gittag/allowed_signers").splitlines()[1:6]:
    who = line.split()[0].decode()
    seed("sshsig", "key-" + who.split("@")[0],
         base64.b64decode([w for w in line.split() if w.startswith(b"AAAA")]
                          [0]))
seed("signers", "all", read(here, "../fixtures/gittag/allowed_signers"))
seed("signers", "web", files()[1][1])
seed("pack", "tag-and-commit", read(tmp, "pack"))


def pkt(line):
    data = line if isinstance(line, bytes) else line.encode()
    return b"%04x" % (len(data) + 4) + data


seed("pktline", "caps", pkt("# service=git-upload-pack\n") + b"0000" +
     pkt("version 2\n") + pkt("agent=git/2.39\n") + pkt("ls-refs\n") +
     pkt("fetch=shallow filter\n") + pkt("object-format=sha1\n") + b"0000")
seed("pktline", "caps-bare", pkt("version 2\n") + pkt("ls-refs=unborn\n") +
     pkt("fetch=filter\n") + b"0000")
seed("pktline", "refs", pkt(f"{tag_oid} refs/tags/v1 peeled:{commit_oid}\n") +
     b"0000")
seed("pktline", "pack", pkt("packfile\n") + pkt(b"\2progress") +
     pkt(b"\1" + read(tmp, "pack")) + b"0000")
seed("wwwauth", "bearer", 'Bearer realm="https://auth.example.com/token",'
     'service="registry.example.com",scope="repository:acme/web:pull"')
seed("wwwauth", "basic", 'Basic realm="private"')
seed("wwwauth", "two", 'Basic realm="a", Bearer realm="b"')
for i, url in enumerate((
        "https://registry.example.com/v2/", "http://127.0.0.1:5000/a?b=c",
        "https://user@registry.example.com/", "registry.example.com:443",
        "https://[::1]:5000/x", "https://registry.example.com:0443/v2/",
        "https://registry.example.com\\@evil/", "HTTPS://REGISTRY.example.com/"
        "%2e%2e", "https://registry.example.com.:443/")):
    seed("url", f"url-{i}", url)
