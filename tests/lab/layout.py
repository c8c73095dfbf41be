#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Copy an image with its signatures from a registry to an OCI layout.

layout.py URL REPOSITORY TAG DIR [subjects]

With "subjects", index.json lists the referrers of the image itself, as oras
writes them. Without it they are below the fallback tag, as in a registry that
has no referrers API.
"""
import hashlib
import json
import os
import sys
import urllib.error
import urllib.request

TYPES = ["application/vnd.oci.image.index.v1+json",
         "application/vnd.oci.image.manifest.v1+json",
         "application/vnd.docker.distribution.manifest.list.v2+json",
         "application/vnd.docker.distribution.manifest.v2+json"]
REF_NAME = "org.opencontainers.image.ref.name"


class Copy:
    def __init__(self, url, repository, path):
        self.base = f"{url}/v2/{repository}"
        self.blobs = os.path.join(path, "blobs", "sha256")
        self.entries = []
        os.makedirs(self.blobs)

    def get(self, path):
        request = urllib.request.Request(
            f"{self.base}/{path}", headers={"Accept": ", ".join(TYPES)})
        with urllib.request.urlopen(request) as answer:
            return answer.read(), answer.headers["Content-Type"]

    def keep(self, data):
        name = hashlib.sha256(data).hexdigest()
        with open(os.path.join(self.blobs, name), "wb") as f:
            f.write(data)
        return "sha256:" + name

    def manifest(self, reference):
        """Copy a manifest or index and all below it; return its descriptor."""
        data, kind = self.get(f"manifests/{reference}")
        body = json.loads(data)
        for d in body.get("manifests", []):
            self.manifest(d["digest"])
        for d in [body[k] for k in ("config",) if k in body] + \
                body.get("layers", []):
            self.keep(self.get(f"blobs/{d['digest']}")[0])
        return {"mediaType": kind, "digest": self.keep(data),
                "size": len(data)}, body

    def name(self, reference, name):
        entry, body = self.manifest(reference)
        self.entries.append({**entry, "annotations": {REF_NAME: name}})
        return entry, body


def main(url, repository, tag, path, how=""):
    copy = Copy(url, repository, path)
    image, _ = copy.name(tag, tag)
    beside = image["digest"].replace(":", "-")
    for name in (beside + ".sig", beside):
        try:
            if how == "subjects" and name == beside:
                _, body = copy.manifest(name)
                copy.entries += body["manifests"]
            else:
                copy.name(name, name)
        except urllib.error.HTTPError as e:
            if e.code != 404:
                raise
    for name, body in (
            ("oci-layout", {"imageLayoutVersion": "1.0.0"}),
            ("index.json", {"schemaVersion": 2, "mediaType": TYPES[0],
                            "manifests": copy.entries})):
        with open(os.path.join(path, name), "w") as f:
            json.dump(body, f)


main(*sys.argv[1:])
