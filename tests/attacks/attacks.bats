#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The forms of the attack that puts unreviewed code into production within
# minutes. Each form is refused with its reason, and its benign twin passes.

load ../lab/bats

setup_file() {
	lab_host 1s
	lab_first 1.9.0
	lab_agent
}

refused() { # TAG CHECK WORDS
	lab_wait 60 lab_id "$1"
	id=$(lab_id "$1")
	lab_wait 60 lab_in_state "$id" refused
	run lab_reason "$id" "$2"
	[[ "$output" == *"$3"* ]] || { echo "reason: $output"; return 1; }
	# version 2.0.0 still runs
	[ "$(lab_version)" = 2.0.0 ]
}

@test "benign twin: a signed tag and a signed image of one commit go live" {
	release 2.0.0
	lab_wait 60 lab_in_state "$id" live
	[ "$(lab_version)" = 2.0.0 ]
}

@test "a replay of an old release with valid signatures is refused" {
	c=$(lab_commit 1.9.5)
	lab_tag 1.9.5
	d=$(lab_image 1.9.5 "$c")
	lab_sign "$d"
	lab_send 1.9.5
	refused 1.9.5 order.monotonic "older than 2.0.0"
}

@test "an image tag that moves to another signed image refuses the release" {
	c=$(lab_commit 2.0.1)
	lab_tag 2.0.1
	pq hold web -m "keep it in quarantine"
	d=$(lab_image 2.0.1 "$c")
	lab_sign "$d"
	lab_send 2.0.1
	lab_wait 60 lab_id 2.0.1
	first=$(lab_id 2.0.1)
	lab_wait 60 lab_in_state "$first" quarantined
	d=$(lab_app 2.0.1 "$c")
	lab_sign "$d"
	pq unhold web
	lab_wait 60 lab_in_state "$first" refused
	[[ "$(pq show "$first" --json | jq -r '.releases[0].reason')" == *"now points at"* ]]
	[ "$(lab_version)" = 2.0.0 ]
	# a new callback for the moved tag puts a hold on the service
	lab_send 2.0.1 "$d" "$c"
	lab_wait 60 bash -c "'$LAB_BIN/pratique' --run '$LAB/run' status --json | jq -e '.services[0].hold | contains(\"moved\")'"
	pq unhold web
	[ "$(lab_version)" = 2.0.0 ]
}

@test "an unsigned commit is refused, despite a valid callback and a signed image" {
	c=$(lab_commit 2.1.0)
	git -C "$LAB/src" tag v2.1.0
	git -C "$LAB/src" push -q origin v2.1.0
	d=$(lab_image 2.1.0 "$c")
	lab_sign "$d"
	lab_send 2.1.0
	refused 2.1.0 source.tag-signature "lightweight"
}

@test "a missing tag is pending, then refused at the deadline" {
	c=$(lab_commit 2.1.1)
	d=$(lab_image 2.1.1 "$c")
	lab_sign "$d"
	lab_pending 3s # until then the tag may still come
	lab_send 2.1.1
	refused 2.1.1 source.tag-signature "no such tag"
	pq show "$id" --json | jq -e '[.findings[].findings[] | select(.check ==
		"source.tag-signature" and .status == "pending")] | length > 0'
	lab_pending 10m
}

@test "a tag signed by a key that is not on the list is refused" {
	c=$(lab_commit 2.2.0)
	lab_tag 2.2.0 mallory
	d=$(lab_image 2.2.0 "$c")
	lab_sign "$d"
	lab_send 2.2.0
	refused 2.2.0 source.tag-signature "is not an allowed signer"
}

@test "an old signed tag object under a new name is refused" {
	c=$(lab_commit 2.3.0)
	git -C "$LAB/src" push -q origin "$(git -C "$LAB/src" rev-parse v2.0.0):refs/tags/v2.3.0"
	d=$(lab_image 2.3.0 "$c")
	lab_sign "$d"
	lab_send 2.3.0
	refused 2.3.0 source.version "name inside the signed tag"
}

@test "an image signed with another key is refused" {
	c=$(lab_commit 2.4.0)
	lab_tag 2.4.0
	d=$(lab_image 2.4.0 "$c")
	lab_sign "$d" other
	lab_pending 3s # until then the right signature may still come
	lab_send 2.4.0
	refused 2.4.0 image.signature "no key in the policy"
	lab_pending 10m
}

@test "an image whose revision label is not the commit of the tag is refused" {
	lab_commit 2.5.0
	lab_tag 2.5.0
	d=$(lab_image 2.5.0 "$(printf 'a%.0s' {1..40})")
	lab_sign "$d"
	lab_send 2.5.0
	refused 2.5.0 source.image-commit "revision label"
}
