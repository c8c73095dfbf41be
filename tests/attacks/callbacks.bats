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

# Send a body as GitHub does, and print the HTTP status.
deliver() { # BODY TYPE [CURL-ARGUMENT...]
	local mac body=$1 type=$2
	shift 2
	mac=$(printf %s "$body" | openssl dgst -sha256 -hmac \
		"$(cat "$LAB/etc/secrets/warden/web-github")" -r | cut -d' ' -f1)
	curl -s -o /dev/null -w '%{http_code}' -H "Content-Type: $type" \
		-H "X-Hub-Signature-256: sha256=$mac" --data-raw "$body" "$@" \
		"http://$HTTP/hooks/web"
}

callback_is() { # STATE WORDS: a callback has this state, reason and a request id
	pq list --callbacks --json | jq -e --arg s "$1" --arg w "$2" \
		'[.callbacks[] | select(.state == $s and (.reason |
		contains($w)) and (.request_id | length) == 32)] | length == 1'
}

FORM=application/x-www-form-urlencoded

@test "a form of GitHub is read; other forms are refused" {
	publish 1.3.0
	body=$(jq -rn --arg i "$REGISTRY/acme/web:1.3.0" \
		'{image: $i} | tojson | "payload=" + @uri')
	# not as GitHub sends it
	[ "$(deliver "$body" "$FORM")" = 415 ]
	[ "$(deliver "$body" "$FORM; charset=utf-8" -H 'X-GitHub-Event: push')" = 415 ]
	[ "$(deliver "$body" multipart/form-data -H 'X-GitHub-Event: push')" = 415 ]
	# the signature covers the raw body
	[ "$(deliver "$body" "$FORM" -H 'X-GitHub-Event: pratique' \
		--data-raw x)" = 401 ]
	[ "$(deliver "$body" "$FORM" -H 'X-GitHub-Event: pratique')" = 202 ]
	lab_wait 60 lab_id 1.3.0
	lab_wait 60 lab_in_state "$(lab_id 1.3.0)" quarantined
	[ "$(deliver "payload=%7B%7D&payload=x" "$FORM" \
		-H 'X-GitHub-Event: pratique')" = 202 ]
	lab_wait 60 callback_is refused "expected the one field payload"
	pq list --callbacks | grep -q "expected the one field payload"
}

@test "the tag of a signature is ignored, and no operator can look for it" {
	tag=sha256-$(printf %064d 7).sig
	lab_send "$tag"
	lab_wait 60 callback_is ignored "belongs to a signature or an attestation"
	run pq look web --name "$tag"
	[ "$status" = 1 ]
	[[ "$output" == *"belongs to a signature or an attestation"* ]]
	run lab_id "$tag" look
	[ "$status" != 0 ]
}

@test "a look outside of track is refused at once" {
	sed -i 's/^track: .*/track: "1.*"/' "$LAB/etc/services.d/web.yaml"
	lab_agent_again
	run pq look web --name 2.0.0
	[ "$status" = 1 ]
	[[ "$output" == *"2.0.0: the tag does not match track:"* ]]
	pq look web --name 1.3.0 # the benign twin
}

@test "a repeated delivery opens a look again that ended without a verdict" {
	lab_pending 3s
	flood 1.4.0 1 # the tag 1.4.0-1, which does not exist yet
	wait "$pid"
	[ "$(cat "$LAB/1.4.0")" = '{"202": 1}' ]
	lab_wait 60 lab_id 1.4.0-1 look
	lab_wait 60 lab_in_state "$(lab_id 1.4.0-1 look)" refused
	publish 1.4.0-1
	from=$SECONDS
	repeated() {
		flood 1.4.0 1
		wait "$pid"
		[ "$(cat "$LAB/1.4.0")" = '{"202": 1}' ]
	}
	lab_wait 300 repeated
	echo "# opened again after $((SECONDS - from)) s" >&3
	lab_wait 60 lab_id 1.4.0-1
	lab_wait 60 lab_in_state "$(lab_id 1.4.0-1)" quarantined
	# after a verdict it is a duplicate
	flood 1.4.0 1
	wait "$pid"
	[ "$(cat "$LAB/1.4.0")" = '{"200": 1}' ]
}
