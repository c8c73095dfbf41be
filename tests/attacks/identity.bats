#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The identity of an image: the right key signed it, but under another name or
# as another version. Each attack is refused with its reason, and its benign
# twin goes live.
# shellcheck disable=SC2154 # release sets id, digest and commit

bats_require_minimum_version 1.5.0
load ../lab/bats

setup_file() {
	lab_host 1s
	lab_first 1.0.0
	lab_agent
}

goes_live() { # VERSION
	lab_wait 60 lab_id "$1"
	id=$(lab_id "$1")
	lab_wait 60 lab_in_state "$id" live
	[ "$(lab_version)" = "$1" ]
}

refused() { # VERSION CHECK WORDS: and the running version stays
	local before
	before=$(lab_version)
	lab_wait 60 lab_id "$1"
	id=$(lab_id "$1")
	lab_wait 60 lab_in_state "$id" refused
	run lab_reason "$id" "$2"
	[[ "$output" == *"$3"* ]] || { echo "reason: $output"; return 1; }
	[ "$(lab_version)" = "$before" ]
}

change_policy() { # SED-SCRIPT: restart the agent with another policy
	lab_config 1s
	sed -i "$1" "$LAB/etc/services.d/web.yaml"
	lab_agent_again
}

@test "another variant of the same commit under the release's tag is refused" {
	commit=$(lab_commit 2.0.0)
	lab_tag 2.0.0
	lab_sign "$(lab_app 2.0.0 "$commit")"
	digest=$(lab_app 2.0.0-debug "$commit")
	lab_sign "$digest"
	lab_retag "$digest" 2.0.0
	lab_send 2.0.0
	refused 2.0.0 source.version 2.0.0-debug
}

@test "benign twin: the release of that version goes live" {
	release 2.0.1
	goes_live 2.0.1
}

transplant() { # VERSION FORM: sign in acme/admin, copy to acme/web
	commit=$(lab_commit "$1")
	lab_tag "$1"
	digest=$(LAB_REPOSITORY=acme/admin lab_app "$1" "$commit")
	lab_sign "$digest" cosign "$2" acme/admin
	lab_push copy "http://$REGISTRY" acme/admin "$1" acme/web
	lab_push copy "http://$REGISTRY" acme/admin \
		"${digest/:/-}.sig" acme/web
	lab_send "$1" "$digest" "$commit"
}

@test "an image copied with its signature from another repository is refused" {
	transplant 2.1.0 legacy
	refused 2.1.0 image.repository acme/admin
}

@test "a refused image goes live after a signature for its repository" {
	digest=$(pq show "$(lab_id 2.1.0)" --json | jq -r '.releases[0].digest')
	lab_sign "$digest"
	lab_send 2.1.0 "$digest"
	goes_live 2.1.0
}

@test "benign twin: signed-as permits images from the repository that it names" {
	change_policy "s|^version-from:|signed-as: $REGISTRY/acme/admin\n&|"
	transplant 2.1.1 legacy
	goes_live 2.1.1
	release 2.1.2
	refused 2.1.2 image.repository acme/web
	change_policy ""
}

@test "without a source, a high tag on an old signed image is refused" {
	change_policy '/^source:/,/signers:/d; $a accept-alone: the CI signs'
	before=$(lab_version)
	old=$(pq show "$(lab_id 2.0.1)" --json | jq -r '.releases[0].digest')
	# an image that this agent has never seen
	lab_sign "$(lab_app 2.1.9 "$(lab_commit 2.1.9)")"
	lab_retag 2.1.9 9.9.9
	lab_send 9.9.9
	refused 9.9.9 source.version 2.1.9
	lab_retag "$old" 9.9.8
	lab_send 9.9.8
	# an image that went live before, under its own version
	lab_wait 60 grep -q ' tag=9.9.8 state=done .*(tag 2.0.1)' "$LAB/agent.log"
	run ! lab_id 9.9.8
	[ "$(lab_version)" = "$before" ]
}

@test "benign twin: the old image under its own tag goes live" {
	lab_send 2.1.9
	goes_live 2.1.9
}

@test "benign twin: without a source, an image with its signed version goes live" {
	release 2.2.0
	goes_live 2.2.0
	change_policy ""
}

@test "an image with a label of deploy is refused and does not raise the floor" {
	export LAB_LABEL='pratique.version=9999.0.0'
	commit=$(lab_commit 2.3.0)
	lab_tag 2.3.0
	digest=$(lab_app 2.3.0 "$commit")
	unset LAB_LABEL
	lab_sign "$digest"
	lab_send 2.3.0 "$digest" "$commit"
	refused 2.3.0 image.labels pratique.version
	[ "$(pq status --json | jq -r '.services[0].floor')" = 2.2.0 ]
}

@test "benign twin: the same release without that label goes live" {
	release 2.3.1
	goes_live 2.3.1
}

waits_for_claim() { # VERSION WORDS
	lab_wait 60 lab_id "$1"
	id=$(lab_id "$1")
	lab_wait 60 reason_has "$id" "$2"
	lab_in_state "$id" fetching
}

reason_has() { [[ "$(pq show "$1" --json | jq -r '.releases[0].reason')" == *"$2"* ]]; }

# Push two builds of one version and commit, both signed. Only the digests
# differ. The tag points at the second build.
push_two_builds() { # VERSION: sets first and second
	commit=$(lab_commit "$1")
	lab_tag "$1"
	first=$(LAB_LABEL="build=1" lab_app "$1" "$commit")
	second=$(LAB_LABEL="build=2" lab_app "$1" "$commit")
	lab_sign "$first"
	lab_sign "$second"
}

@test "a release waits if its tag points at another build than the callback names" {
	push_two_builds 2.4.0
	lab_send 2.4.0 "$first" "$commit"
	waits_for_claim 2.4.0 "image.digest: the callback claims $first"
	[ "$(lab_version)" = 2.3.1 ]
}

@test "benign twin: a correct callback after a false one is sufficient" {
	lab_send 2.4.0 "$(pq show "$(lab_id 2.4.0)" --json | jq -r '.releases[0].digest')"
	goes_live 2.4.0
}

@test "a false callback after a correct one does not stop the release" {
	pq hold web -m "until both are there"
	release 2.5.0
	lab_send 2.5.0 "sha256:$(printf '0%.0s' {1..64})" "$(printf 'a%.0s' {1..40})"
	lab_wait 60 bash -c "'$LAB_BIN/pratique' --run '$LAB/run' audit log --json | jq -e '[.events[] | select(.event == \"callback.done\")] | length > 2'"
	pq unhold web
	goes_live 2.5.0
}

@test "a callback may claim the digest of the platform's manifest or of the index" {
	for claim in manifest index; do
		version=2.6.$([ "$claim" = index ] && echo 1 || echo 0)
		commit=$(lab_commit "$version")
		lab_tag "$version"
		manifest=$(lab_app "$version" "$commit")
		index=$(lab_push index "http://$REGISTRY" acme/web "$manifest" "$version")
		lab_sign "$index"
		lab_send "$version" "${!claim}" "$commit"
		goes_live "$version"
	done
}

@test "retry removes the claims of callbacks" {
	push_two_builds 2.7.0
	lab_send 2.7.0 "$first" "$commit"
	waits_for_claim 2.7.0 "pratique retry"
	pq retry "$id"
	goes_live 2.7.0
}
