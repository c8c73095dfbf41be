#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Intake with a failing warden or with too many clients: the answers and the
# limits of connections.

setup() {
	. "$BATS_TEST_DIRNAME/../lab/lab.sh"
	export LAB_BIN=$PQ_BIN
	lab_bare
	ip addr replace 192.0.2.1/32 dev lo
}

teardown() { lab_down; }

# Print the HTTP status. $LAB/answer has the body, $LAB/headers the headers.
request() { # PATH [CURL-ARGUMENT...]
	local path=$1
	shift
	curl -s -m 60 -o "$LAB/answer" -D "$LAB/headers" -w '%{http_code}' \
		"$@" "http://$HTTP$path"
}

answer_status() { jq -r .status "$LAB/answer"; }

role_pid() { # NAME: print the process id
	pgrep -P "$(lab_agent_pid)" -x "pratique-$1"
}

@test "intake is healthy, and is ready when the warden is ready" {
	lab_agent
	[ "$(request /healthz)" = 200 ]
	[ "$(answer_status)" = ok ]
	[ "$(request /readyz)" = 200 ]
	[ "$(answer_status)" = ok ]
}

@test "intake is not ready while the warden cannot start" {
	mkdir -p "$LAB/state/warden"
	head -c 8192 /dev/zero >"$LAB/state/warden/ledger.db"
	"$LAB_BIN/pratiqued" --config "$LAB/etc" --state "$LAB/state" \
		--run "$LAB/run" >>"$LAB/agent.log" 2>&1 3>&- &
	lab_agent_is $!
	lab_wait 60 curl -sf "http://$HTTP/healthz"
	lab_wait 60 grep "role-ended role=warden" "$LAB/agent.log"
	[ "$(request /readyz)" = 503 ]
	grep -qi '^Retry-After: ' "$LAB/headers"
}

@test "intake answers 503 with Retry-After if the warden does not answer" {
	lab_agent
	warden=$(role_pid warden)
	kill -STOP "$warden"
	status=$(request /hooks/web -H 'Content-Type: application/json' -d '{}')
	kill -CONT "$warden"
	[ "$status" = 503 ]
	[ "$(answer_status)" = "not available" ]
	grep -qi '^Retry-After: ' "$LAB/headers"
}

@test "intake limits the connections of one address, but not of a local proxy" {
	lab_agent
	python3 - "${HTTP%:*}" "${HTTP#*:}" <<-EOF
		import socket, sys, time
		to = sys.argv[1], int(sys.argv[2])
		ask = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"

		def open_many(source, n):
		    return [socket.create_connection(to, 60, (source, 0))
		            for _ in range(n)]

		def served(c):
		    try:
		        c.sendall(ask)
		        return c.recv(100).startswith(b"HTTP/1.1 200 ")
		    except OSError:
		        return False

		far = open_many("192.0.2.1", 70)
		near = open_many("127.0.0.1", 70)
		n = sum(map(served, far)), sum(map(served, near))
		assert n == (64, 70), n
		for c in far:
		    c.close()
		until = time.time() + 60
		while not served(open_many("192.0.2.1", 1)[0]):
		    assert time.time() < until
		    time.sleep(0.1)
	EOF
}

post_body() { # BODY HEADER...: print the HTTP status
	local body=$1 h args=()
	shift
	for h in "$@"; do args+=(-H "$h"); done
	request /hooks/web -H 'Content-Type: application/json' "${args[@]}" \
		--data-binary "$body"
}

github_signature() { # BODY
	local hex
	hex=$(printf %s "$1" | openssl dgst -sha256 -hex \
		-hmac "$(cat "$LAB/etc/secrets/warden/web-github")")
	echo "sha256=${hex##* }"
}

@test "intake reads the signature from the header that the configuration names" {
	sed -i 's/^  - scheme: github/&\n    header: X-Hub-Signature/' \
		"$LAB/etc/services.d/web.yaml"
	lab_agent
	body='{"image":"127.0.0.1:5000/acme/web:1.0.0"}'
	good=$(github_signature "$body")
	[ "$(post_body "$body" "X-Hub-Signature-256: $good")" = 401 ]
	[ "$(post_body "$body" "X-Hub-Signature: sha256=00")" = 401 ]
	[ "$(post_body "$body" "x-hub-signature: $good")" = 202 ]
	# a second signature header and a too long one are malformed
	[ "$(post_body "$body" "X-Hub-Signature: $good" "X-HUB-Signature: $good")" = 400 ]
	long=$(head -c 1025 /dev/zero | tr '\0' x)
	[ "$(post_body "$body" "X-Hub-Signature: $long")" = 400 ]
	[ "$(post_body "$body" "X-Hub-Signature: ${long#x}")" = 401 ]
	[ "$(post_body "$body" "X-Hub-Signature: $good")" = 200 ]
}

@test "a callback waits until the warden has sent intake its configuration" {
	sed -i 's/^  - scheme: github/&\n    header: X-Hub-Signature/' \
		"$LAB/etc/services.d/web.yaml"
	lab_agent
	kill -STOP "$(role_pid warden)"
	old=$(role_pid intake)
	kill -9 "$old"
	lab_wait 60 lab_role_not intake "$old"
	# intake is connected to the socket of the warden, which is stopped
	lab_wait 60 curl -sf "http://$HTTP/healthz"
	body='{"image":"127.0.0.1:5000/acme/web:1.0.0"}'
	post_body "$body" "X-Hub-Signature: $(github_signature "$body")" >"$LAB/status" 3>&- &
	sender=$!
	lab_wait 60 request_was_read
	kill -CONT "$(role_pid warden)"
	wait "$sender"
	[ "$(cat "$LAB/status")" = 202 ]
}

# Intake has read a request: the receive queue of its socket is empty.
request_was_read() {
	ss -tnH state established "sport = :${HTTP#*:}" | awk '$1 == 0 { n++ }
		END { exit n == 0 }'
}
