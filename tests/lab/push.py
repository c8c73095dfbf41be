#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Push what a test needs to a registry, with the standard library only.

push.py image URL REPOSITORY TAG REVISION    a one-layer image; its digest
push.py sign  URL REPOSITORY DIGEST KEY.pem  a simple-signing signature
"""
import base64
import hashlib
import io
import json
import subprocess
import sys
import tarfile
import urllib.parse
import urllib.request

MANIFEST = "application/vnd.oci.image.manifest.v1+json"


def digest_of(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


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


def put_manifest(base, repository, manifest, reference):
    data = json.dumps(manifest).encode()
    call("PUT", f"{base}/v2/{repository}/manifests/{reference}", data,
         {"Content-Type": MANIFEST})
    return digest_of(data)


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
            "org.opencontainers.image.revision": revision}},
        "rootfs": {"type": "layers", "diff_ids": [digest_of(data)]},
    }).encode()
    manifest = {
        "schemaVersion": 2, "mediaType": MANIFEST,
        "config": {"mediaType": "application/vnd.oci.image.config.v1+json",
                   **put_blob(base, repository, config)},
        "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar",
                    **put_blob(base, repository, data)}],
    }
    print(put_manifest(base, repository, manifest, tag))


def sign(base, repository, digest, key):
    host = urllib.parse.urlsplit(base).netloc
    payload = json.dumps({"critical": {
        "identity": {"docker-reference": f"{host}/{repository}"},
        "image": {"docker-manifest-digest": digest},
        "type": "cosign container image signature"}, "optional": None},
        separators=(",", ":")).encode()
    made = subprocess.run(["openssl", "dgst", "-sha256", "-sign", key],
                          input=payload, stdout=subprocess.PIPE, check=True)
    manifest = {
        "schemaVersion": 2, "mediaType": MANIFEST,
        "config": {"mediaType": "application/vnd.oci.image.config.v1+json",
                   **put_blob(base, repository, b"{}")},
        "layers": [{
            "mediaType": "application/vnd.dev.cosign.simplesigning.v1+json",
            **put_blob(base, repository, payload),
            "annotations": {"dev.cosignproject.cosign/signature":
                            base64.b64encode(made.stdout).decode()}}],
    }
    tag = digest.replace(":", "-") + ".sig"
    print(put_manifest(base, repository, manifest, tag))


{"image": image, "sign": sign}[sys.argv[1]](*sys.argv[2:])
