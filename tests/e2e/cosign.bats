#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The running agent judges image signatures that the real cosign wrote to a
# registry, in both of its formats. On a machine without cosign a script makes
# the same formats with openssl; the first test says which tool signed.

load_lab() { . "$BATS_TEST_DIRNAME/../lab/lab.sh"; }

setup_file() {
	load_lab
	LAB_BIN=$PQ_BIN
	export LAB LAB_BIN
	lab_up
	lab_config 1s
	lab_agent
}

teardown_file() {
	load_lab
	lab_down
}

setup() { load_lab; }

push_unsigned() { # VERSION -> the digest of the unsigned image; the tag is signed
	local commit
	commit=$(lab_commit "$1")
	lab_tag "$1"
	lab_image "$1" "$commit"
}

# Print the findings of a phase as "check status". Phase "first" is the
# examination on arrival. Phase "second" uses newly fetched evidence at the end
# of the quarantine.
findings() { # ID PHASE
	pq show "$1" --json | jq -r --arg p "$2" '.findings[] |
		select(.when == $p) | .findings[] | "\(.check) \(.status)"'
}

signature_is() { findings "$1" "$2" | grep -qx "image.signature $3"; }

# The signature passed in both phases, and the release was not refused.
accepted() { # VERSION
	lab_pending 10m
	lab_send "$1"
	lab_wait 60 lab_id "$1"
	id=$(lab_id "$1")
	lab_wait 60 signature_is "$id" second pass
	signature_is "$id" first pass
	[ -z "$(findings "$id" second | grep -v ' pass$')" ]
	[ "$(pq show "$id" --json | jq -r '.releases[0].state')" != refused ]
}

refused() { # VERSION WORDS: after the deadline for a better signature
	lab_pending 3s
	lab_send "$1"
	lab_wait 60 lab_id "$1"
	id=$(lab_id "$1")
	lab_wait 60 lab_in_state "$id" refused
	run lab_reason "$id" image.signature
	[[ "$output" == *"$2"* ]] || { echo "reason: $output"; return 1; }
	[ -z "$(findings "$id" second)" ]
}

@test "the signer is the real cosign" {
	[ "$(lab_signer)" = cosign ] || skip "openssl signs instead"
	"$LAB_COSIGN" version 2>&1 | grep -q cosign
}

@test "an image that cosign signed in the legacy form is accepted" {
	d=$(push_unsigned 3.0.0)
	lab_sign "$d" cosign legacy
	accepted 3.0.0
}

@test "an image that cosign signed with a bundle is accepted" {
	d=$(push_unsigned 3.1.0)
	lab_sign "$d" cosign bundle
	accepted 3.1.0
}

@test "a bundle signed by another key is refused" {
	d=$(push_unsigned 3.2.0)
	lab_sign "$d" other bundle
	refused 3.2.0 "no key in the policy made this signature"
}

@test "a legacy signature by another key is refused" {
	d=$(push_unsigned 3.3.0)
	lab_sign "$d" other legacy
	refused 3.3.0 "no key in the policy made this signature"
}

@test "a good bundle beside a bad one is accepted" {
	d=$(push_unsigned 3.4.0)
	lab_sign "$d" other bundle
	lab_sign "$d" cosign bundle
	accepted 3.4.0
}

@test "a good legacy signature after a bad one is accepted" {
	d=$(push_unsigned 3.5.0)
	lab_sign "$d" other legacy
	lab_sign "$d" cosign legacy
	accepted 3.5.0
}

@test "a good legacy signature beside a bad bundle is accepted" {
	d=$(push_unsigned 3.6.0)
	lab_sign "$d" other bundle
	lab_sign "$d" cosign legacy
	accepted 3.6.0
}

@test "an attestation by the right key is not accepted as a signature" {
	d=$(push_unsigned 3.7.0)
	lab_attest "$d"
	refused 3.7.0 "another predicate type"
}

@test "an attestation that comes first does not spoil the signature" {
	d=$(push_unsigned 3.8.0)
	lab_attest "$d"
	lab_pending 10m
	lab_send 3.8.0
	lab_wait 60 lab_id 3.8.0
	lab_wait 60 signature_is "$(lab_id 3.8.0)" first pending
	lab_sign "$d" cosign bundle
	accepted 3.8.0
}

# Only one check fails, on arrival; all other checks of the image pass.
refused_only_by() { # VERSION CHECK WORDS
	lab_send "$1"
	lab_wait 20 lab_id "$1"
	id=$(lab_id "$1")
	lab_wait 30 eval "findings $id first | grep -q ' fail$'"
	[ "$(findings "$id" first | grep -v ' pass$')" = "$2 fail" ]
	pq show "$id" --json | jq -r --arg c "$2" '.findings[].findings[] |
		select(.check == $c and .status == "fail") | .reason' |
		grep -F "$3"
	[ -z "$(findings "$id" second)" ]
}

# Copy a manifest with its blobs from another repository to acme/web, as the
# registry account can.
copy_image() { # REPOSITORY REFERENCE [NEW-REFERENCE]
	local type=application/vnd.oci.image.manifest.v1+json blob
	local to=http://$REGISTRY/v2/acme/web
	curl -sf -H "Accept: $type" -o "$LAB/copied" \
		"http://$REGISTRY/v2/$1/manifests/$2" || return
	for blob in $(jq -r '.config.digest, .layers[].digest' "$LAB/copied"); do
		curl -sf -X POST -d '' \
			"$to/blobs/uploads/?mount=$blob&from=$1" || return
	done
	curl -sf -X PUT -H "Content-Type: $type" --data-binary @"$LAB/copied" \
		"$to/manifests/${3:-$2}"
}

# The same key signed the image of the same commit, for acme/admin.
@test "an image of another repository is refused, although it has its signature" {
	commit=$(lab_commit 4.0.0)
	lab_tag 4.0.0
	d=$(lab_push image "http://$REGISTRY" acme/admin 4.0.0 "$commit")
	if [ "$(lab_signer)" = cosign ]; then
		lab_cosign sign -y --new-bundle-format=false \
			--use-signing-config=false --tlog-upload=false \
			--key "$LAB/keys/cosign-cosign.key" --allow-http-registry \
			"$REGISTRY/acme/admin@$d"
	else
		lab_push legacy "http://$REGISTRY" acme/admin "$d" \
			"$LAB/keys/cosign.key"
	fi
	copy_image acme/admin 4.0.0
	copy_image acme/admin "${d/:/-}.sig"
	refused_only_by 4.0.0 image.repository \
		"signed as $REGISTRY/acme/admin, not as $REGISTRY/acme/web"
	# a twin that was signed for acme/web passes
	d=$(push_unsigned 4.0.1)
	lab_sign "$d" cosign legacy
	accepted 4.0.1
}

@test "a variant of the same commit under the release's tag is refused" {
	commit=$(lab_commit 4.1.0)
	lab_tag 4.1.0
	d=$(lab_image 4.1.0-debug "$commit")
	lab_sign "$d" cosign bundle
	copy_image acme/web 4.1.0-debug 4.1.0
	refused_only_by 4.1.0 source.version \
		'is "4.1.0-debug", but the image tag is "4.1.0"'
	d=$(push_unsigned 4.1.1)
	lab_sign "$d" cosign bundle
	accepted 4.1.1
}

@test "a signature of another image is refused" {
	d=$(push_unsigned 3.9.0)
	lab_sign "$d" cosign legacy
	lab_image 3.9.1 "$(git -C "$LAB/src" rev-parse HEAD)" >"$LAB/second"
	# move the signature of the first image to the name of the second
	from=${d/:/-}.sig
	to=$(tr : - <"$LAB/second").sig
	type=application/vnd.oci.image.manifest.v1+json
	curl -sf -H "Accept: $type" -o "$LAB/moved" \
		"http://$REGISTRY/v2/acme/web/manifests/$from"
	curl -sf -X PUT -H "Content-Type: $type" --data-binary @"$LAB/moved" \
		"http://$REGISTRY/v2/acme/web/manifests/$to"
	lab_tag 3.9.1
	refused 3.9.1 "signed text names $d"
}
