#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Hostile HTTP against intake, directly and through Debian's nginx. The benign
# twins are the requests of the corpus that both must accept.

setup() {
	. "$BATS_TEST_DIRNAME/../lab/lab.sh"
	. "$BATS_TEST_DIRNAME/../lab/proxy.sh"
	export LAB_BIN=$PQ_BIN
	lab_bare
	# the agent reads each callback to the end and asks no registry
	sed -i 's/^track: .*/track: "none-*"/' "$LAB/etc/services.d/web.yaml"
	lab_agent
}

teardown() { lab_down; }

stored_bodies() { # print the SHA-256 of each stored callback
	python3 -c 'import sqlite3, sys
for row in sqlite3.connect(sys.argv[1]).execute(
    "SELECT lower(hex(body_hash)) FROM callbacks ORDER BY 1"):
    print(row[0])' "$LAB/state/warden/ledger.db"
}

@test "intake and a proxy agree on each request of a corpus" {
	lab_proxy
	python3 "$BATS_TEST_DIRNAME/http_corpus.py" "$HTTP" "$PROXY" \
		"$LAB/etc/secrets/warden/web-github" "$LAB/accepted"
	kill "$(lab_agent_pid)"
	lab_wait 60 lab_gone "$(lab_agent_pid)"
	# no request of the corpus put another callback into the ledger
	stored_bodies | diff "$LAB/accepted" -
}

list_family() { # PID: print the process and all its descendants
	local p
	echo "$1"
	for p in $(pgrep -P "$1"); do list_family "$p"; done
}

sum_pss() { # print the KiB of the supervisor and all roles
	local p
	for p in $(list_family "$(lab_agent_pid)"); do
		cat "/proc/$p/smaps_rollup" 2>/dev/null || continue # it ended
	done | awk '/^Pss:/ { n += $2; k++ }
		END { if (k < 6) exit 1; print n }' # the supervisor and five roles
}

load_begin() { # KIND [SOURCE...]
	mkfifo "$LAB/load.in"
	python3 "$BATS_TEST_DIRNAME/http_load.py" "$1" "${HTTP%:*}" \
		"${HTTP#*:}" "${@:2}" <"$LAB/load.in" >"$LAB/load.out" 2>&1 3>&- &
	lab_started $!
	exec 9>"$LAB/load.in"
	lab_wait 120 grep loaded "$LAB/load.out"
}

load_end() {
	local pid
	exec 9>&-
	pid=$(tail -n 1 "$LAB/pids")
	lab_wait 60 lab_gone "$pid"
	# the load did not end early by a fault of its own
	[ "$(cat "$LAB/load.out")" = loaded ]
}

honest_callback() { # NUMBER: print the status and the seconds
	local body='{"image":"127.0.0.1:5000/acme/web:1.0.'$1'"}' hex
	hex=$(printf %s "$body" | openssl dgst -sha256 -hex \
		-hmac "$(cat "$LAB/etc/secrets/warden/web-github")")
	curl -s -m 300 -o "$LAB/answer" -w '%{http_code} %{time_total}' \
		-H 'Content-Type: application/json' \
		-H "X-Hub-Signature-256: sha256=${hex##* }" \
		--data-binary "$body" "http://$HTTP/hooks/web"
}

# The kernel holds intake to the same limit, as a second wall.
@test "intake has a limit of its data" {
	pid=$(lab_role intake)
	grep -E '^Max data size +67108864 +67108864 ' "/proc/$pid/limits" ||
		[ -n "$(nm -D "$LAB_BIN/pratique-intake" | grep __asan_init)" ]
}

# Ten honest callbacks during a load are accepted, and the agent stays small.
load_stays_small() { # KIND
	local i kib most=0 answer
	load_begin "$1"
	for ((i = 0; i < 10; i++)); do
		answer=$(honest_callback "$i")
		[ "${answer% *}" = 202 ] || { echo "$1: $answer"; return 1; }
		kib=$(sum_pss)
		[ "$kib" -le "$most" ] || most=$kib
		echo "# $1: callback $i: ${answer#* } s, $kib KiB" >&3
	done
	load_end
	[ "$most" -le $((96 * 1024)) ] || { echo "$1: $most KiB"; return 1; }
}

@test "512 bodies of 1 MiB leave the agent under 96 MiB" {
	load_stays_small bodies
}

@test "4,096 idle connections leave the agent under 96 MiB" {
	load_stays_small idle
}

@test "slow heads leave the agent under 96 MiB" {
	load_stays_small slow
}

@test "heads of 64 KiB leave the agent under 96 MiB" {
	load_stays_small heads
}

@test "pipelined requests leave the agent under 96 MiB" {
	load_stays_small pipeline
}

crowd() { # HONEST-SOURCE N LEAST MOST SOURCE...
	local host=${HTTP%:*}
	host=${host#[}
	python3 "$BATS_TEST_DIRNAME/http_crowd.py" "${host%]}" "${HTTP##*:}" \
		"$LAB/etc/secrets/warden/web-github" "$@" |
		sed 's/^/# /' >&3
	[ "${PIPESTATUS[0]}" -eq 0 ]
}

listen_on() { # ADDRESS:PORT
	HTTP=$1
	sed -i "s/^listen: .*/listen: '$HTTP'/" "$LAB/etc/pratique.yaml"
	lab_agent_again
}

@test "a local user who holds 1,000 connections evicts only these" {
	crowd 127.0.0.1 1000 500 511 127.0.0.1 127.0.0.2
}

@test "a crowd does not evict a callback before its answer" {
	python3 "$BATS_TEST_DIRNAME/http_answer.py" "${HTTP%:*}" "${HTTP#*:}" \
		"$LAB/etc/secrets/warden/web-github" \
		"$(lab_role warden)" "$(lab_role intake)" \
		"$LAB_BIN/pratique" --run "$LAB/run" list --callbacks --json
}

@test "16 addresses of one IPv4 network share 64 connections" {
	for i in {1..16}; do ip addr replace "192.0.2.$i/32" dev lo; done
	crowd 127.0.0.1 700 60 64 192.0.2.{1..16}
	ip addr replace 198.51.100.1/32 dev lo
	crowd 198.51.100.1 700 60 64 192.0.2.{1..16}
}

@test "a crowd from many networks evicts only its own connections" {
	for i in {1..9}; do ip addr replace "10.1.$i.1/32" dev lo; done
	ip addr replace 198.51.100.1/32 dev lo
	python3 "$BATS_TEST_DIRNAME/http_refresh.py" "${HTTP%:*}" "${HTTP#*:}" \
		"$LAB/etc/secrets/warden/web-github" 198.51.100.1 10.1.9.1 \
		10.1.{1..8}.1
}

@test "16 addresses of one IPv6 network share 64 connections" {
	for i in 1::{1..16} 2::1 {100..115}::1; do
		ip addr replace "2001:db8:0:$i/128" dev lo nodad
	done
	ip addr replace 2001:db8:ffff::1/128 dev lo nodad
	listen_on '[2001:db8:ffff::1]:9099'
	crowd 2001:db8:ffff::1 700 60 64 2001:db8:0:1::{1..16}
	# another network of 64 bits has its own share
	crowd 2001:db8:0:2::1 700 60 64 2001:db8:0:1::{1..16}
	# the networks of one site of 48 bits share 128
	crowd 2001:db8:ffff::1 700 120 128 2001:db8:0:{100..115}::1
}

@test "nginx with the lines of the README gives each network 64 requests" {
	lab_proxy
	for i in {1..7}; do ip addr replace "192.0.2.$i/32" dev lo; done
	python3 - "${PROXY%:*}" "${PROXY#*:}" <<-'EOF'
		import socket, sys
		to = sys.argv[1], int(sys.argv[2])

		def ask(source, length):
		    s = socket.create_connection(to, 300, (source, 0))
		    s.sendall(b"POST /hooks/web HTTP/1.1\r\nHost: agent\r\n"
		              b"Content-Length: %d\r\n\r\n" % length)
		    return s

		def status(s):
		    return s.recv(4096).split(b" ")[1]

		# 64 requests wait for their bodies; the next one is refused. The
		# loop repeats for the case that nginx has ended one of them.
		for turn in range(10):
		    held = [ask("192.0.2.%d" % (1 + i % 6), 5) for i in range(64)]
		    last = status(ask("192.0.2.7", 0)), status(ask("127.0.0.1", 0))
		    for s in held:
		        s.close()
		    if last == (b"503", b"415"):
		        sys.exit(0)
		sys.exit("the last turn: %r" % (last,))
	EOF
}

# Send a body in pieces. Print the status, or "cut" if intake closes before.
send_slowly() { # PIECES BYTES SECONDS-BETWEEN
	python3 - "${HTTP%:*}" "${HTTP##*:}" \
		"$LAB/etc/secrets/warden/web-github" "$@" <<-'EOF'
		import hashlib, hmac, socket, sys, time
		host, port, file, pieces, size, pause = sys.argv[1:]
		body = b'{"image":"127.0.0.1:5000/acme/web:1.0.0"}'
		body += b" " * (int(pieces) * int(size) - len(body))
		mac = hmac.new(open(file, "rb").read().strip(), body, hashlib.sha256)
		s = socket.create_connection((host, int(port)), 300)
		try:
		    s.sendall(b"POST /hooks/web HTTP/1.1\r\nHost: agent\r\n"
		              b"Content-Type: application/json\r\n"
		              b"X-Hub-Signature-256: sha256=%s\r\n"
		              b"Content-Length: %d\r\n\r\n"
		              % (mac.hexdigest().encode(), len(body)))
		    for i in range(0, len(body), int(size)):
		        time.sleep(float(pause))
		        s.sendall(body[i:i + int(size)])
		    print(s.recv(4096).split(b" ")[1].decode())
		except (OSError, IndexError):
		    print("cut")
	EOF
}

@test "a body may take longer than 15 s, but not at a byte at a time" {
	[ "$(send_slowly 40 10000 0.5)" = 202 ]
	[ "$(send_slowly 2000 1 0.2)" = cut ]
}
