#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The whole way from a signed callback to a running container, through every
# process, with the confinement on.

load ../lab/bats

setup_file() {
	lab_host 2s
	lab_first 1.0.0
	lab_agent
}

post_body() { # BODY HEADER...: print the HTTP status
	local body=$1 h args=()
	shift
	for h in "$@"; do args+=(-H "$h"); done
	curl -s -o "$LAB/answer" -w '%{http_code}' -H 'Content-Type: application/json' \
		"${args[@]}" --data-binary "$body" "http://$HTTP/hooks/web"
}

sign_body() { # BODY: print the value of X-Hub-Signature-256
	printf '%s' "$1" | openssl dgst -sha256 -hmac \
		"$(cat "$LAB/etc/secrets/warden/web-github")" | sed 's/.*= /sha256=/'
}

@test "a signed release passes every check and replaces the container" {
	old=$(lab_docker_client inspect -f '{{.Id}}' web)
	release 1.1.0
	lab_wait 60 lab_in_state "$id" live
	pq show "$id" --json | jq -e '[.events[].event] |
		[index("release.passed", "release.elapsed", "release.live")] |
		all and . == sort'
	run pq show "$id" --json
	[ "$(jq -r '.releases[0].digest' <<<"$output")" = "$digest" ]
	[ "$(jq -r '.releases[0].commit' <<<"$output")" = "$commit" ]
	[ "$(jq '[.findings[].findings[] | select(.status != "pass")] | length' <<<"$output")" = 0 ]
	[ "$(jq '[.findings[] | select(.when == "deploy")] | length' <<<"$output")" -ge 1 ]
	# the engine runs the release that pratique shows
	[ "$(lab_version)" = 1.1.0 ]
	[ "$(lab_docker_client inspect -f '{{.Config.Image}}' web)" = "$REGISTRY/acme/web@$digest" ]
	[ "$(lab_docker_client inspect -f '{{.State.Health.Status}}' web)" = healthy ]
	run lab_docker_client inspect "$old"
	[ "$status" -ne 0 ]
	[ "$(pq status --json | jq -r '.services[0].live_digest')" = "$digest" ]
}

@test "a callback with a bad HMAC gets 401 and leaves no record" {
	body='{"image":"'$REGISTRY'/acme/web:7.7.7"}'
	rows=$(pq audit log --json | jq '[.events[] | select(.event == "callback.received")] | length')
	[ "$(post_body "$body" "X-Hub-Signature-256: sha256=$(printf '0%.0s' {1..64})" \
		'X-GitHub-Event: pratique')" = 401 ]
	# with the right secret the same bytes open exactly one look
	[ "$(post_body "$body" "X-Hub-Signature-256: $(sign_body "$body")" \
		'X-GitHub-Event: pratique')" = 202 ]
	lab_wait 60 lab_id 7.7.7 look
	[ "$(pq audit log --json | jq '[.events[] | select(.event == "callback.received")] | length')" = $((rows + 1)) ]
	[ "$(pq list --json | jq '[.releases[] | select(.tag == "7.7.7")] | length')" = 1 ]
}

@test "a missing signature, an empty one and an unknown service get the same 401" {
	[ "$(post_body '{}')" = 401 ]
	a=$(jq -r .status "$LAB/answer")
	[ -n "$a" ]
	[ "$(post_body '{}' 'X-Hub-Signature-256: ')" = 401 ]
	[ "$(jq -r .status "$LAB/answer")" = "$a" ]
	[ "$(curl -s -o "$LAB/answer" -w '%{http_code}' -H 'Content-Type: application/json' \
		-d '{}' "http://$HTTP/hooks/nobody")" = 401 ]
	[ "$(jq -r .status "$LAB/answer")" = "$a" ]
}

@test "a callback with a known delivery id is a duplicate" {
	body='{"zen":"again"}'
	s="X-Hub-Signature-256: $(sign_body "$body")"
	[ "$(post_body "$body" "$s" 'X-GitHub-Delivery: d1' 'X-GitHub-Event: ping')" = 202 ]
	[ "$(post_body "$body" "$s" 'X-GitHub-Delivery: d1' 'X-GitHub-Event: ping')" = 200 ]
}

@test "intake refuses an unacceptable request after its headers" {
	[ "$(curl -s -o /dev/null -w '%{http_code}' "http://$HTTP/hooks/web")" = 405 ]
	[ "$(curl -s -o /dev/null -w '%{http_code}' "http://$HTTP/other")" = 404 ]
	[ "$(curl -s -o /dev/null -w '%{http_code}' -H 'Content-Type: text/plain' \
		-d x "http://$HTTP/hooks/web")" = 415 ]
	[ "$(curl -s -o /dev/null -w '%{http_code}' -H 'Content-Type: application/json' \
		-H 'Transfer-Encoding: chunked' -d x "http://$HTTP/hooks/web")" = 411 ]
	head -c 1100000 /dev/zero >"$LAB/big"
	# a client that waits for 100 Continue sends no body
	[ "$(curl -s -o /dev/null -w '%{http_code} %{size_upload}' \
		-H 'Content-Type: application/json' -H 'Expect: 100-continue' \
		--data-binary @"$LAB/big" "http://$HTTP/hooks/web")" = "413 0" ]
	[ "$(post_body '{}' 'X-Hub-Signature-256: a' 'X-Hub-Signature-256: b')" = 400 ]
}

@test "intake answers a client that sends all of an oversized body" {
	local line
	exec 7<>"/dev/tcp/${HTTP%:*}/${HTTP##*:}"
	printf 'POST /hooks/web HTTP/1.1\r\nHost: x\r\n%s\r\n%s\r\n\r\n' \
		'Content-Type: application/json' 'Content-Length: 8388608' >&7
	head -c 8388608 /dev/zero >&7
	read -r -t 60 line <&7
	exec 7>&-
	[[ "$line" == "HTTP/1.1 413 "* ]]
}

@test "intake closes a connection that sends an endless body" {
	run timeout 60 curl -s -T - -X POST -H 'Expect:' \
		-H 'Content-Type: application/json' "http://$HTTP/hooks/web" \
		</dev/zero
	[ "$status" -ne 0 ]
	[ "$status" -ne 124 ]
}

@test "a genuine callback with wrong JSON is stored and refused with the JSON path" {
	body='{"image": 5}'
	[ "$(post_body "$body" "X-Hub-Signature-256: $(sign_body "$body")" \
		'X-GitHub-Event: pratique' 'X-GitHub-Delivery: bad1')" = 202 ]
	lab_wait 60 bash -c "'$LAB_BIN/pratique' --run '$LAB/run' audit log | grep 'callback.refused.*image'"
}

# The quarantine ended two seconds ago.
quarantine_is_over() { pq show "$id" --json | jq -e '.releases[0] | .served_s >= .delay_s + 2'; }

@test "a held service deploys no release until unhold" {
	pq hold web -m "freeze"
	release 1.2.0
	lab_wait 60 quarantine_is_over
	lab_in_state "$id" quarantined
	pq status | grep -q freeze
	[ "$(lab_version)" = 1.1.0 ]
	run pq unhold web
	[ "$status" -eq 0 ]
	[ "$(pq status --json | jq -r '.services[0].hold')" = "" ]
	lab_wait 60 lab_in_state "$id" live
	[ "$(lab_version)" = 1.2.0 ]
	run pq unhold web
	[ "$status" -eq 1 ]
	[[ "$output" == *"web has no hold"* ]]
}

@test "a rejected release stays rejected after a new callback" {
	pq hold web -m "until it is rejected"
	release 1.2.1
	lab_wait 60 lab_in_state "$id" quarantined
	run pq reject "$id" -m "not this one"
	[ "$status" -eq 0 ]
	lab_in_state "$id" rejected
	pq unhold web
	lab_send 1.2.1 "$digest"
	lab_wait 60 bash -c "'$LAB_BIN/pratique' --run '$LAB/run' audit log | grep 'look.ended.*release $id .*was rejected'"
	lab_in_state "$id" rejected
	[ "$(lab_version)" = 1.2.0 ]
	run pq approve "$id"
	[ "$status" -eq 1 ]
	[[ "$output" == *"release $id is rejected"* ]]
}

@test "watch follows a release to its end and exits with its result" {
	run timeout 60 "$LAB_BIN/pratique" --run "$LAB/run" watch "$(lab_id 1.2.0)"
	[ "$status" -eq 0 ]
	[[ "$output" == *"release.live"* ]]
	run timeout 60 "$LAB_BIN/pratique" --run "$LAB/run" watch "$(lab_id 1.2.1)"
	[ "$status" -eq 1 ]
	run timeout 60 "$LAB_BIN/pratique" --run "$LAB/run" watch 999999
	[ "$status" -eq 5 ]
	[[ "$output" == *"no release or look has the id 999999"* ]]
	pq look web --name 1.2.0
	look=$(pq audit log --json | jq '[.events[] | select(.event == "look.opened")][-1].release')
	run timeout 60 "$LAB_BIN/pratique" --run "$LAB/run" watch "$look"
	[ "$status" -eq 0 ]
	[[ "$output" == *"look.ended"* ]]
}

@test "a wrong argument gets exit code 2 or 5, not 3 for an unreachable agent" {
	run pq list --state quarentined
	[ "$status" -eq 2 ]
	[[ "$output" == *"quarentined: no such state"* ]]
	run pq list --service nobody
	[ "$status" -eq 5 ]
	[ "$(pq list --state failed --json | jq -c .releases)" = "[]" ]
	run pq hold web -m "$(printf 'x%.0s' {1..600})"
	[ "$status" -eq 2 ]
	[ "$(pq status --json | jq -r '.services[0].hold')" = "" ]
	run pq look web --all
	[ "$status" -eq 2 ]
	run pq show 1 --state live
	[ "$status" -eq 2 ]
	run pq reject 1 -m ""
	[ "$status" -eq 2 ]
	run pq show 999999 --json
	[ "$status" -eq 5 ]
	[ "$(jq -r .text <<<"$output")" = "no release or look has the id 999999; pratique list shows the ids" ]
}

@test "host shows the findings about the Docker engine" {
	run pq host
	[ "$status" -eq 0 ]
	[[ "$output" =~ "pass     host.daemon             version 2"[0-9.]+ ]]
	[[ "$output" == *"the engine's default seccomp profile"* ]]
	run pq host --json
	[ "$status" -eq 0 ]
	jq -e '.code == 0 and .text == "" and
		([.findings[].check] | unique) == ["host.daemon"] and
		([.findings[].subject] | contains(["engine", "seccomp",
			"memory", "processes", "disk"])) and
		all(.findings[]; .status == "pass")' <<<"$output"
	run pq host web
	[ "$status" -eq 2 ]
}

@test "audit verify confirms the audit chain" {
	run pq audit verify
	[ "$status" -eq 0 ]
	[[ "$output" == *"audit chain intact ("*" entries)"* ]]
	rows=$(pq audit log --json | jq '.events | length')
	[ "$rows" -gt 20 ]
	[ "$(pq audit log --json | jq '[.events[].seq] == [range(1; (.events | length) + 1)]')" = true ]
}

@test "send prints the answer with the request id of the log" {
	printf 'wrong-but-long-enough' >"$LAB/wrong"
	run pq send web --image "$REGISTRY/acme/web:1.2.0" --secret-file "$LAB/wrong" --url "http://$HTTP/"
	[ "$status" -eq 1 ]
	[[ "$output" =~ ^401\ .*,\ request\ [0-9a-f]+$ ]]
	grep -q "callback-refused.*request=${output##* }" "$LAB/agent.log"
	run pq send web --image "$REGISTRY/acme/web:1.2.0" --secret-file "$LAB/wrong" --url "http://$HTTP/hooks/other"
	[ "$status" -eq 2 ]
}

has_events() { # PATTERN COUNT: at least COUNT audit rows match
	[ "$("$LAB_BIN/pratique" --run "$LAB/run" audit log |
		grep -c "$1")" -ge "$2" ]
}

@test "callbacks for more tags than places wait, and survive a crash" {
	local n
	lab_pending 5s # no tag exists: each look ends then
	pkill -STOP -f "pratique-fetch --config $LAB/etc"
	for ((n = 1; n <= 20; n++)); do lab_send "9.0.0-rc$n"; done
	pkill -9 -f "pratique-warden --config $LAB/etc"
	pkill -CONT -f "pratique-fetch --config $LAB/etc"
	lab_wait 300 has_events "look.opened .*tag 9.0.0-rc[0-9]*" 20
	lab_wait 300 has_events "look.ended .*manifests/9.0.0-rc[0-9]*\|look.ended .*tag 9.0.0-rc" 20
}

@test "a killed role restarts, and no accepted callback is lost" {
	lab_pending 10m
	for role in intake fetch verify deploy warden; do
		lab_role_again "$role"
		lab_wait 60 lab_ready
	done
	commit=$(lab_commit 1.3.0)
	lab_tag 1.3.0
	digest=$(lab_app 1.3.0 "$commit")
	lab_sign "$digest"
	lab_wait 60 lab_send 1.3.0
	pkill -9 -f "pratique-warden --config $LAB/etc"
	lab_wait 60 lab_id 1.3.0
	id=$(lab_id 1.3.0)
	lab_wait 60 lab_in_state "$id" live
	[ "$(lab_version)" = 1.3.0 ]
}
