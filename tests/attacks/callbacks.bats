#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Attacks with a leaked secret of a webhook. The callbacks are genuine, so they
# are accepted; they must not delay the honest ones.

load ../lab/bats

FLOOD=${FLOOD:-100000}
# Start to send callbacks for tags PREFIX-1 and so on. Set pid; the answers go to
# a file with the name of the prefix.
flood() { # PREFIX COUNT [PER-SECOND]
	"$BATS_TEST_DIRNAME/../lab/flood.py" "$HTTP" web \
		"$LAB/etc/secrets/warden/web-github" "$REGISTRY/acme/web" \
		"$@" >"$LAB/$1" 3>&- &
	pid=$!
	lab_started "$pid"
}

setup_file() {
	load_lab
	LAB_BIN=$PQ_BIN
	export LAB LAB_BIN
	lab_up
	lab_config 1h 1h
	lab_agent
}

publish() { # VERSION: a release that passes every check
	c=$(lab_commit "$1")
	lab_tag "$1"
	d=$(lab_image "$1" "$c")
	lab_sign "$d"
}

@test "benign twin: an announced release is examined" {
	publish 1.0.0
	lab_send 1.0.0
	lab_wait 60 lab_id 1.0.0
	lab_wait 60 lab_in_state "$(lab_id 1.0.0)" quarantined
}

@test "callbacks for 100000 tags that do not exist do not delay a release" {
	publish 1.1.0
	from=$SECONDS
	flood junk "$FLOOD"
	wait "$pid"
	echo "# flood: $(cat "$LAB/junk") in $((SECONDS - from)) s" >&3
	[ "$(jq '."202"' "$LAB/junk")" = "$FLOOD" ]
	from=$SECONDS
	lab_send 1.1.0
	flood more 60000 100
	lab_wait 300 lab_id 1.1.0
	echo "# examined after $((SECONDS - from)) s" >&3
	lab_wait 60 lab_in_state "$(lab_id 1.1.0)" quarantined
}

open_looks() { # print the number
	pq list --state resolving --json | jq '.releases | length'
}

dropped() { # WORDS: an audit row counts dropped callbacks and has the words
	pq audit log --json | jq -e --arg w "$1" '[.events[] |
		select(.event == "callbacks.dropped" and
			(.detail | contains($w)))] | length == 1'
}

@test "a new secret drops the callbacks of the old one" {
	for pid in $(pgrep -f "^[^ ]*python3 .*$LAB/etc"); do
		kill "$pid"
		lab_wait 60 lab_gone "$pid"
	done
	[ "$(open_looks)" -gt 0 ]
	openssl rand -hex 24 >"$LAB/etc/secrets/warden/web-github"
	lab_agent_again
	[ "$(open_looks)" = 0 ]
	dropped "is no longer configured"
	pq audit verify
	# the benign twin: callbacks of the new secret survive a restart
	lab_send 9.0.0
	lab_wait 60 lab_id 9.0.0 look
	lab_agent_again
	[ "$(open_looks)" = 1 ]
}

@test "an operator drops the callbacks of a service" {
	run pq drop web -m "the secret has leaked"
	[ "$status" = 0 ]
	[[ "$output" == *"Dropped 0 unread callbacks and 1 looks of web."* ]]
	[ "$(open_looks)" = 0 ]
	dropped "0 callbacks and 1 looks: an operator dropped it: the secret has leaked"
	run pq drop shop
	[ "$status" = 5 ]
}
