#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The door to the Internet while something behind it or before it is not as it
# should be: what is said to whom, and who gets in.

setup() {
	. "$BATS_TEST_DIRNAME/../lab/lab.sh"
	export LAB_BIN=$PQ_BIN
	lab_bare
	ip addr replace 192.0.2.1/32 dev lo
}

teardown() { lab_down; }

ask() { # PATH [CURL-ARGUMENT...]: prints the status; the answer is in $LAB/answer
	local path=$1
	shift
	curl -s -m 60 -o "$LAB/answer" -D "$LAB/headers" -w '%{http_code}' \
		"$@" "http://$HTTP$path"
}

word() { jq -r .status "$LAB/answer"; }

role() { # NAME: the process id
	pgrep -P "$(lab_agent_pid)" -x "pratique-$1"
}

@test "it is healthy, and ready once the warden is" {
	lab_agent
	[ "$(ask /healthz)" = 200 ]
	[ "$(word)" = ok ]
	[ "$(ask /readyz)" = 200 ]
	[ "$(word)" = ok ]
}

@test "it is not ready while the warden cannot start" {
	mkdir -p "$LAB/state/warden"
	head -c 8192 /dev/zero >"$LAB/state/warden/ledger.db"
	"$LAB_BIN/pratiqued" --config "$LAB/etc" --state "$LAB/state" \
		--run "$LAB/run" >>"$LAB/agent.log" 2>&1 3>&- &
	lab_agent_is $!
	lab_wait 60 curl -sf "http://$HTTP/healthz"
	lab_wait 60 grep "role-ended role=warden" "$LAB/agent.log"
	[ "$(ask /readyz)" = 503 ]
	grep -qi '^Retry-After: ' "$LAB/headers"
}

@test "who waits for the warden in vain is told to come again" {
	lab_agent
	warden=$(role warden)
	kill -STOP "$warden"
	status=$(ask /hooks/web -H 'Content-Type: application/json' -d '{}')
	kill -CONT "$warden"
	[ "$status" = 503 ]
	[ "$(word)" = "not available" ]
	grep -qi '^Retry-After: ' "$LAB/headers"
}

@test "one address gets its share, and a proxy on this host all of it" {
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

hook() { # BODY HEADER...: prints the status
	local body=$1 h args=()
	shift
	for h in "$@"; do args+=(-H "$h"); done
	ask /hooks/web -H 'Content-Type: application/json' "${args[@]}" \
		--data-binary "$body"
}

hub() { # BODY: as github signs it
	local hex
	hex=$(printf %s "$1" | openssl dgst -sha256 -hex \
		-hmac "$(cat "$LAB/etc/secrets/warden/web-github")")
	echo "sha256=${hex##* }"
}

@test "a header that the configuration names is looked at instead" {
	sed -i 's/^  - scheme: github/&\n    header: X-Hub-Signature/' \
		"$LAB/etc/services.d/web.yaml"
	lab_agent
	body='{"image":"127.0.0.1:5000/acme/web:1.0.0"}'
	good=$(hub "$body")
	[ "$(hook "$body" "X-Hub-Signature-256: $good")" = 401 ]
	[ "$(hook "$body" "X-Hub-Signature: sha256=00")" = 401 ]
	[ "$(hook "$body" "x-hub-signature: $good")" = 202 ]
	# a second one, and one that is longer than any, are malformed
	[ "$(hook "$body" "X-Hub-Signature: $good" "X-HUB-Signature: $good")" = 400 ]
	long=$(head -c 1025 /dev/zero | tr '\0' x)
	[ "$(hook "$body" "X-Hub-Signature: $long")" = 400 ]
	[ "$(hook "$body" "X-Hub-Signature: ${long#x}")" = 401 ]
	[ "$(hook "$body" "X-Hub-Signature: $good")" = 200 ]
}

@test "who comes before the warden's first word waits for it" {
	sed -i 's/^  - scheme: github/&\n    header: X-Hub-Signature/' \
		"$LAB/etc/services.d/web.yaml"
	lab_agent
	kill -STOP "$(role warden)"
	old=$(role intake)
	kill -9 "$old"
	lab_wait 60 lab_role_not intake "$old"
	# connected to the socket of a warden that does not accept it yet
	lab_wait 60 curl -sf "http://$HTTP/healthz"
	body='{"image":"127.0.0.1:5000/acme/web:1.0.0"}'
	hook "$body" "X-Hub-Signature: $(hub "$body")" >"$LAB/status" 3>&- &
	sender=$!
	lab_wait 60 asked
	kill -CONT "$(role warden)"
	wait "$sender"
	[ "$(cat "$LAB/status")" = 202 ]
}

# intake has read a request: its socket holds no bytes of one
asked() {
	ss -tnH state established "sport = :${HTTP#*:}" | awk '$1 == 0 { n++ }
		END { exit n == 0 }'
}
