#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# From a signed callback to a running container, through every process, with
# the confinement on.

load ../lab/bats

setup_file() {
	lab_host 2s
	lab_first 1.0.0
	lab_agent
}

post() { # BODY HEADER...: prints the status
	local body=$1 h args=()
	shift
	for h in "$@"; do args+=(-H "$h"); done
	curl -s -o "$LAB/answer" -w '%{http_code}' -H 'Content-Type: application/json' \
		"${args[@]}" --data-binary "$body" "http://$HTTP/hooks/web"
}

sign() {
	printf '%s' "$1" | openssl dgst -sha256 -hmac \
		"$(cat "$LAB/etc/secrets/warden/web-github")" | sed 's/.*= /sha256=/'
}

@test "a signed release passes every check and replaces the container" {
	old=$(lab_docker_client inspect -f '{{.Id}}' web)
	release 1.1.0
	lab_wait 5 lab_in_state "$id" quarantined
	run pq status
	[[ "$output" == *"quarantine:"* ]]
	lab_wait 40 lab_in_state "$id" live
	run pq show "$id" --json
	[ "$(jq -r '.releases[0].digest' <<<"$output")" = "$digest" ]
	[ "$(jq -r '.releases[0].commit' <<<"$output")" = "$commit" ]
	[ "$(jq '[.findings[].findings[] | select(.status != "pass")] | length' <<<"$output")" = 0 ]
	[ "$(jq '[.findings[] | select(.when == "deploy")] | length' <<<"$output")" -ge 1 ]
	# what the operator can see is what runs
	[ "$(lab_version)" = 1.1.0 ]
	[ "$(lab_docker_client inspect -f '{{.Config.Image}}' web)" = "$REGISTRY/acme/web@$digest" ]
	[ "$(lab_docker_client inspect -f '{{.State.Health.Status}}' web)" = healthy ]
	run lab_docker_client inspect "$old"
	[ "$status" -ne 0 ]
	[ "$(pq status --json | jq -r '.services[0].live_digest')" = "$digest" ]
}

@test "a bad HMAC gets 401 and leaves nothing" {
	before=$(pq list --json | jq '.releases | length')
	[ "$(post '{"image":"x"}' "X-Hub-Signature-256: sha256=$(printf '0%.0s' {1..64})")" = 401 ]
	[ "$(pq list --json | jq '.releases | length')" = "$before" ]
}

@test "no signature, an empty one and an unknown service get the same 401" {
	[ "$(post '{}')" = 401 ]
	a=$(jq -r .status "$LAB/answer")
	[ "$(post '{}' 'X-Hub-Signature-256: ')" = 401 ]
	[ "$(curl -s -o "$LAB/answer" -w '%{http_code}' -H 'Content-Type: application/json' \
		-d '{}' "http://$HTTP/hooks/nobody")" = 401 ]
	[ "$(jq -r .status "$LAB/answer")" = "$a" ]
}

@test "the same delivery twice is a duplicate" {
	body='{"zen":"again"}'
	s="X-Hub-Signature-256: $(sign "$body")"
	[ "$(post "$body" "$s" 'X-GitHub-Delivery: d1' 'X-GitHub-Event: ping')" = 202 ]
	[ "$(post "$body" "$s" 'X-GitHub-Delivery: d1' 'X-GitHub-Event: ping')" = 200 ]
}

@test "HTTP that is not wanted is refused from its header" {
	[ "$(curl -s -o /dev/null -w '%{http_code}' "http://$HTTP/hooks/web")" = 405 ]
	[ "$(curl -s -o /dev/null -w '%{http_code}' "http://$HTTP/other")" = 404 ]
	[ "$(curl -s -o /dev/null -w '%{http_code}' -H 'Content-Type: text/plain' \
		-d x "http://$HTTP/hooks/web")" = 415 ]
	[ "$(curl -s -o /dev/null -w '%{http_code}' -H 'Content-Type: application/json' \
		-H 'Transfer-Encoding: chunked' -d x "http://$HTTP/hooks/web")" = 411 ]
	head -c 1100000 /dev/zero >"$LAB/big"
	[ "$(curl -s -o /dev/null -w '%{http_code}' -H 'Content-Type: application/json' \
		-H 'Expect:' --data-binary @"$LAB/big" "http://$HTTP/hooks/web")" = 413 ]
	[ "$(post '{}' 'X-Hub-Signature-256: a' 'X-Hub-Signature-256: b')" = 400 ]
}

@test "genuine but malformed JSON is kept and refused with its place" {
	body='{"image": 5}'
	[ "$(post "$body" "X-Hub-Signature-256: $(sign "$body")" \
		'X-GitHub-Event: pratique' 'X-GitHub-Delivery: bad1')" = 202 ]
	lab_wait 10 bash -c "timeout 1 '$LAB_BIN/pratique' --run '$LAB/run' watch | grep -q callback.refused"
}

@test "hold stops, unhold frees, reject sticks" {
	pq hold web -m "freeze"
	commit=$(lab_commit 1.2.0)
	lab_tag 1.2.0
	digest=$(lab_image 1.2.0 "$commit")
	lab_sign "$digest"
	lab_send 1.2.0
	lab_wait 10 lab_id 1.2.0
	id=$(lab_id 1.2.0)
	sleep 4
	lab_in_state "$id" quarantined
	pq status | grep -q freeze
	run pq reject "$id" -m "not this one"
	[ "$status" -eq 0 ]
	lab_in_state "$id" rejected
	pq unhold web
	run pq status --json
	[ "$(jq -r '.services[0].hold' <<<"$output")" = "" ]
}

@test "each role killed comes back, and nothing accepted is lost" {
	for role in intake fetch verify deploy warden; do
		pkill -9 -f "pratique-$role --config $LAB/etc"
		lab_wait 15 curl -sf "http://$HTTP/readyz"
		sleep 1
	done
	commit=$(lab_commit 1.3.0)
	lab_tag 1.3.0
	digest=$(lab_app 1.3.0 "$commit")
	lab_sign "$digest"
	lab_wait 15 lab_send 1.3.0
	pkill -9 -f "pratique-warden --config $LAB/etc"
	lab_wait 20 lab_id 1.3.0
	id=$(lab_id 1.3.0)
	lab_wait 40 lab_in_state "$id" live
	[ "$(lab_version)" = 1.3.0 ]
}

@test "the evidence can be judged again offline" {
	run pq verify evidence /nonexistent
	[ "$status" -eq 4 ]
}
