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

@test "slow heads leave the agent under 96 MiB" {
	load_stays_small slow
}

@test "heads of 64 KiB leave the agent under 96 MiB" {
	load_stays_small heads
}

@test "pipelined requests leave the agent under 96 MiB" {
	load_stays_small pipeline
}
