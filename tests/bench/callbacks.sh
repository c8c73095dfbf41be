#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Measure the accepted callbacks per second. pratique stores each callback on
# the disk before it answers. The peer is adnanh/webhook with the same HMAC
# rule, once with a command that stores the callback and once without.
#
#   tests/bench/callbacks.sh [ROUNDS [SECONDS]]     (3, 5)
set -eu
. "$(dirname "$0")/bench.sh"
ROUNDS=${1:-3} SECS=${2:-5}
SHARE=$((SECS * 30000)) # pairs for one round, more than a server can accept
trap lab_down EXIT

hook_json() { # ID COMMAND [MORE]
	printf '{"id": "%s", "execute-command": "%s", %s "trigger-rule":
	{"match": {"type": "payload-hmac-sha256", "secret": "%s", "parameter":
	{"source": "header", "name": "X-Hub-Signature-256"}}}}' "$1" "$2" \
		"${3:-}" "$(cat "$LAB/etc/secrets/warden/web-github")"
}

# kept: webhook stores the body on the disk before it answers, as pratique does.
# true: webhook starts a command that does nothing, and does not wait for it.
start_webhook() {
	mkdir "$LAB/kept"
	echo "[$(hook_json kept "$LAB_BIN/bench_keep" '
	"include-command-output-in-response": true, "pass-arguments-to-command":
	[{"source": "string", "name": "'"$LAB/kept"'"},
	{"source": "header", "name": "X-Hub-Signature-256"},
	{"source": "entire-payload"}],'), $(hook_json true /bin/true)]" \
		>"$LAB/hooks.json"
	webhook -hooks "$LAB/hooks.json" -ip 127.0.0.1 -port 9100 \
		>"$LAB/webhook.log" 2>&1 &
	lab_started $!
	lab_wait 10 curl -s http://127.0.0.1:9100/
}

measure_rate() { # URL FROM: print the rate; append the number of successes to got
	local got bad lost rate spent
	read -r got bad lost rate spent < <(bench_load "$1" "$SECS" \
		"$LAB/pairs" "$2" "$SHARE" once)
	[ "$bad" = 0 ] && [ "$lost" = 0 ] ||
		bench_die "$1: refused $bad of $got callbacks, $lost connections failed"
	[ "$spent" = 0 ] ||
		bench_die "$1: $SHARE bodies were too few: raise SHARE in $0"
	echo "$got" >>"$LAB/got"
	echo "$rate"
}

# Measure the limit of the disk: each callback waits for one fdatasync, so N
# connections get at most N answers per fdatasync.
measure_disk() { # print the fdatasync calls per second, each after one appended page
	python3 -c 'import os, sys, time
fd, n = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT), 300
start = time.monotonic()
for i in range(n):
    os.pwrite(fd, bytes(4096), i * 4096)
    os.fdatasync(fd)
print(round(n / (time.monotonic() - start)))' "$LAB/disk"
}

run_round() { # FROM: measure pratique and then each peer with the same bodies
	local ours theirs command
	ours=$(measure_rate "http://$HTTP/hooks/web" "$1")
	runs=$((runs + $(tail -n 1 "$LAB/got")))
	way=$((way + CONNECTIONS))
	sleep 1
	for command in kept true; do
		theirs=$(measure_rate "http://127.0.0.1:9100/hooks/$command" "$1")
		[ $command = true ] || kept=$((kept + $(tail -n 1 "$LAB/got")))
		bench_line "callbacks by $CONNECTIONS, $command" "$ours" \
			"$theirs" /s webhook least 5
		sleep 1
	done
}

lab_up
bench_service 1h
bench_pairs "$LAB/pairs" $(((ROUNDS + 1) * SHARE))
start_webhook
lab_agent
agent=$(tail -n 1 "$LAB/pids")
runs=0 way=0 kept=0
syncs=$(measure_disk)
echo "disk: $syncs fdatasync/s, so 16 connections get at most" \
	"$((16 * syncs)) answers/s"
export CONNECTIONS=16
for ((i = 0; i < ROUNDS; i++)); do
	run_round $((i * SHARE))
done
CONNECTIONS=60 # intake accepts 64 connections from one address
run_round $((ROUNDS * SHARE))
files=$(find "$LAB/kept" -type f -size +100c | wc -l)
[ "$files" -ge "$kept" ] ||
	bench_die "kept: webhook acknowledged $kept callbacks and stored $files"
bench_stop "$agent"
rows=$(bench_ledger "SELECT count(*) FROM callbacks")
# a callback in progress at the end of the run is stored but has no answer
echo "answered 202: $runs   in the ledger: $rows   under way at the end:" \
	"$((rows - runs)) (at most $way)"
[ "$rows" -ge "$runs" ] && [ "$rows" -le $((runs + way)) ] ||
	bench_die "the ledger has $rows callbacks: expected $runs to $((runs + way))"
