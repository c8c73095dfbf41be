#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Make tests/fuzz/policy and the seeds in tests/fuzz/corpus: one complete
# release that passes the policy (image, signature, tag), its pieces, and seeds
# that are written by hand in make-corpus.py. Inputs that a fuzzer found are
# kept: their names begin with found-. Needs git, ssh-keygen, openssl, python3
# and a build of the preset dev. The private keys are deleted.
set -eu
umask 022
here=$(cd "$(dirname "$0")" && pwd)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
export HOME="$tmp" GIT_CONFIG_NOSYSTEM=1
export GIT_AUTHOR_NAME=Ada GIT_AUTHOR_EMAIL=ada@example.com
export GIT_COMMITTER_NAME=Ada GIT_COMMITTER_EMAIL=ada@example.com
export GIT_AUTHOR_DATE='1700000000 +0000'
export GIT_COMMITTER_DATE='1700000000 +0000'

ssh-keygen -q -t ed25519 -N '' -C ada -f "$tmp/ada"
openssl ecparam -name prime256v1 -genkey -noout |
	openssl pkcs8 -topk8 -nocrypt -out "$tmp/cosign.key"
policy="$here/policy"
mkdir -p "$policy/services.d" "$policy/keys"
openssl pkey -in "$tmp/cosign.key" -pubout -out "$policy/keys/web-cosign.pub"
printf 'ada@example.com namespaces="git" %s\n' \
	"$(cut -d' ' -f1,2 "$tmp/ada.pub")" >"$policy/keys/web.allowed_signers"
cat >"$policy/services.d/web.yaml" <<'YAML'
service: web
image: registry.example.com/acme/web
version-from: label
track: "1.*"
callbacks:
  - scheme: github
    secrets: [web-github, web-github-next]
source:
  repository: https://git.example.com/acme/web.git
  tag: "v{version}"
  signers: {ssh: {file: keys/web.allowed_signers, party: releases}}
require:
  - image-signature: {cosign-key: keys/web-cosign.pub, party: ci}
quarantine: {delay: 24h, approvals: 0, pending: 1h}
deploy:
  container: web
  order: stop-first
  health: 60s
  posture: enforce
YAML

git init -q "$tmp/repo"
git -C "$tmp/repo" config gpg.format ssh
git -C "$tmp/repo" config user.signingkey "$tmp/ada.pub"
git -C "$tmp/repo" commit -q --allow-empty -m first
git -C "$tmp/repo" tag -s -m 'release 1.1.0' v1.1.0
git -C "$tmp/repo" cat-file tag v1.1.0 >"$tmp/tag"
git -C "$tmp/repo" cat-file commit HEAD >"$tmp/commit"
printf 'HEAD\nv1.1.0\n' | git -C "$tmp/repo" pack-objects --revs --stdout -q \
	>"$tmp/pack"

mkdir "$tmp/messages"
"$here/../../build/dev/fuzz/message_seeds" "$tmp/messages"
python3 "$here/make-corpus.py" "$here" "$tmp"
for key in 'genpkey -algorithm ed25519' \
	'genpkey -algorithm rsa -pkeyopt rsa_keygen_bits:2048' \
	'ecparam -name secp384r1 -genkey -noout' \
	'ecparam -name secp256k1 -genkey -noout'; do
	# shellcheck disable=SC2086 # the words of one openssl command
	openssl $key 2>/dev/null | openssl pkey -pubout \
		-out "$here/corpus/pubkey/$(echo "$key" | tr -d -c a-z0-9)"
done
