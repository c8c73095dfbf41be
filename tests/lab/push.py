#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Push images and signatures to a registry, with the standard library only.

push.py image  URL REPOSITORY TAG REVISION    a one-layer image
push.py legacy URL REPOSITORY DIGEST KEY.pem  cosign's simple-signing tag
push.py bundle URL REPOSITORY DIGEST KEY.pem [PREDICATE-TYPE]
                                              a Sigstore bundle, as a referrer
push.py copy   URL REPOSITORY REFERENCE TO-REPOSITORY [TAG]
                                              an unchanged manifest with its blobs
push.py index  URL REPOSITORY DIGEST TAG      an index of one platform manifest

Each prints the digest of the manifest that it pushed. The signatures have the
formats of cosign, for machines without the real cosign.
"""
import base64
import hashlib
import io
import json
import subprocess
import sys
import tarfile
import urllib.error
import urllib.parse
import urllib.request

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
DOCKER = "application/vnd.docker.distribution.manifest.v2+json"
INDEX = "application/vnd.oci.image.index.v1+json"
BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json"
INTOTO = "application/vnd.in-toto+json"
SIGN = "https://sigstore.dev/cosign/sign/v1"


def digest_of(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def b64(data):
    return base64.b64encode(data).decode()


def call(method, url, data=None, headers=None):
    request = urllib.request.Request(
        url, data=data, method=method, headers=headers or {})
    return urllib.request.urlopen(request)


def put_blob(base, repository, data):
    digest = digest_of(data)
    answer = call("POST", f"{base}/v2/{repository}/blobs/uploads/", b"")
    at = urllib.parse.urljoin(base, answer.headers["Location"])
    at += ("&" if "?" in at else "?") + "digest=" + urllib.parse.quote(digest)
    call("PUT", at, data, {"Content-Type": "application/octet-stream"})
    return {"digest": digest, "size": len(data)}


def put_manifest(base, repository, manifest, reference=None):
    data = json.dumps(manifest).encode()
    call("PUT", f"{base}/v2/{repository}/manifests/"
         f"{reference or digest_of(data)}", data,
         {"Content-Type": manifest["mediaType"]})
    return {"mediaType": manifest["mediaType"], "digest": digest_of(data),
            "size": len(data)}


def get_manifest(base, repository, reference, media_type):
    """The parsed manifest, or None if the registry does not have it."""
    try:
        return json.load(call(
            "GET", f"{base}/v2/{repository}/manifests/{reference}",
            headers={"Accept": media_type}))
    except urllib.error.HTTPError as error:
        if error.code != 404:
            raise
        return None


def openssl(*arguments, data=None):
    return subprocess.run(["openssl", *arguments], input=data,
                          stdout=subprocess.PIPE, check=True).stdout


def signature(key, message):
    return openssl("dgst", "-sha256", "-sign", key, data=message)


def layer(text):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        entry = tarfile.TarInfo("version")
        entry.size = len(text)
        tar.addfile(entry, io.BytesIO(text))
    return out.getvalue()


def image(base, repository, tag, revision):
    data = layer(tag.encode())
    config = json.dumps({
        "architecture": "amd64", "os": "linux",
        "config": {"Cmd": ["/version"], "Labels": {
            "org.opencontainers.image.revision": revision,
            "org.opencontainers.image.version": tag}},
        "rootfs": {"type": "layers", "diff_ids": [digest_of(data)]},
    }).encode()
    manifest = {
        "schemaVersion": 2, "mediaType": MANIFEST,
        "config": {"mediaType": "application/vnd.oci.image.config.v1+json",
                   **put_blob(base, repository, config)},
        "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar",
                    **put_blob(base, repository, data)}],
    }
    return put_manifest(base, repository, manifest, tag)


def legacy(base, repository, digest, key):
    host = urllib.parse.urlsplit(base).netloc
    payload = json.dumps({"critical": {
        "identity": {"docker-reference": f"{host}/{repository}"},
        "image": {"docker-manifest-digest": digest},
        "type": "cosign container image signature"}, "optional": None},
        separators=(",", ":")).encode()
    tag = digest.replace(":", "-") + ".sig"
    manifest = get_manifest(base, repository, tag, MANIFEST) or {
        "schemaVersion": 2, "mediaType": MANIFEST,
        "config": {"mediaType": "application/vnd.oci.image.config.v1+json",
                   **put_blob(base, repository, b"{}")},
        "layers": [],
    }
    manifest["layers"].append({
        "mediaType": "application/vnd.dev.cosign.simplesigning.v1+json",
        **put_blob(base, repository, payload),
        "annotations": {"dev.cosignproject.cosign/signature":
                        b64(signature(key, payload))}})
    return put_manifest(base, repository, manifest, tag)


def bundle_of(digest, key, predicate_type):
    statement = json.dumps({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"digest": {"sha256": digest.split(":")[1]}}],
        "predicateType": predicate_type, "predicate": {},
    }).encode()
    pae = b"DSSEv1 %d %s %d %s" % (
        len(INTOTO), INTOTO.encode(), len(statement), statement)
    spki = openssl("pkey", "-in", key, "-pubout", "-outform", "DER")
    return json.dumps({
        "mediaType": BUNDLE,
        "verificationMaterial": {"publicKey": {
            "hint": b64(hashlib.sha256(spki).digest())}},
        "dsseEnvelope": {"payload": b64(statement), "payloadType": INTOTO,
                         "signatures": [{"sig": b64(signature(key, pae))}]},
    }).encode()


def refer(base, repository, subject, entry):
    """List a referrer under the fallback tag, as the registry has no API."""
    tag = subject.replace(":", "-")
    index = get_manifest(base, repository, tag, INDEX) or {
        "schemaVersion": 2, "mediaType": INDEX, "manifests": []}
    index["manifests"].append(entry)
    put_manifest(base, repository, index, tag)


def bundle(base, repository, digest, key, predicate_type=SIGN):
    made = bundle_of(digest, key, predicate_type)
    body = call("GET", f"{base}/v2/{repository}/manifests/{digest}",
                headers={"Accept": f"{MANIFEST}, {INDEX}"})
    subject = {"mediaType": body.headers["Content-Type"], "digest": digest,
               "size": len(body.read())}
    empty = "application/vnd.oci.empty.v1+json"
    manifest = put_manifest(base, repository, {
        "schemaVersion": 2, "mediaType": MANIFEST, "artifactType": BUNDLE,
        "config": {"mediaType": empty, **put_blob(base, repository, b"{}")},
        "layers": [{"mediaType": BUNDLE, **put_blob(base, repository, made)}],
        "subject": subject})
    refer(base, repository, digest, {**manifest, "artifactType": BUNDLE})
    return manifest


def copy(base, repository, reference, to, tag=None):
    got = call("GET", f"{base}/v2/{repository}/manifests/{reference}", headers={
        "Accept": f"{MANIFEST}, {DOCKER}"})
    media_type, data = got.headers["Content-Type"], got.read()
    manifest = json.loads(data)
    for entry in [manifest["config"], *manifest["layers"]]:
        put_blob(base, to, call("GET", f"{base}/v2/{repository}/blobs/"
                                f"{entry['digest']}").read())
    call("PUT", f"{base}/v2/{to}/manifests/{tag or reference}", data,
         {"Content-Type": media_type})
    return {"digest": digest_of(data)}


def index(base, repository, digest, tag):
    got = call("GET", f"{base}/v2/{repository}/manifests/{digest}",
               headers={"Accept": f"{MANIFEST}, {DOCKER}"})
    entry = {"mediaType": got.headers["Content-Type"], "digest": digest,
             "size": len(got.read()), "platform": {
                 "os": "linux", "architecture": "amd64"}}
    return put_manifest(base, repository, {
        "schemaVersion": 2, "mediaType": INDEX, "manifests": [entry]}, tag)


MAKERS = {"image": image, "legacy": legacy, "bundle": bundle, "copy": copy,
          "index": index}

if __name__ == "__main__":
    print(MAKERS[sys.argv[1]](*sys.argv[2:])["digest"])
