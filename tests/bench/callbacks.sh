#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Callbacks accepted a second, each on disk before its answer, beside those of
# adnanh/webhook with the same rule, which keeps nothing.
#
#   tests/bench/callbacks.sh [ROUNDS [SECONDS]]     (3, 5)
set -eu
. "$(dirname "$0")/bench.sh"
ROUNDS=${1:-3} SECS=${2:-5}
SHARE=$((SECS * 20000)) # pairs for one round, more than can be taken
trap lab_down EXIT

hook() { # ID COMMAND
	printf '{"id": "%s", "execute-command": "%s", "trigger-rule": {"match":
	{"type": "payload-hmac-sha256", "secret": "%s", "parameter": {"source":
	"header", "name": "X-Hub-Signature-256"}}}}' "$1" "$2" \
		"$(cat "$LAB/etc/secrets/warden/web-github")"
}

peer() { # true: runs a command that does nothing; none: has none to run
	echo "[$(hook true /bin/true), $(hook none /nonexistent)]" \
		>"$LAB/hooks.json"
	webhook -hooks "$LAB/hooks.json" -ip 127.0.0.1 -port 9100 \
		>"$LAB/webhook.log" 2>&1 &
	lab_started $!
	lab_wait 10 curl -s http://127.0.0.1:9100/
}

measure() { # URL FROM: prints the rate; counts what succeeded
	local got bad lost rate spent
	read -r got bad lost rate spent < <(bench_load "$1" "$SECS" \
		"$LAB/pairs" "$2" "$SHARE" once)
	[ "$bad" = 0 ] && [ "$lost" = 0 ] ||
		bench_die "$1: $bad of $got were refused, $lost failed"
	[ "$spent" = 0 ] || bench_die "$1: $SHARE bodies did not suffice"
	echo "$got" >>"$LAB/got"
	echo "$rate"
}

lab_up
bench_service 1h
bench_pairs "$LAB/pairs" $((ROUNDS * SHARE))
peer
lab_agent
agent=$(tail -n 1 "$LAB/pids")
rows=0 runs=0
for ((i = 0; i < ROUNDS; i++)); do
	from=$((i * SHARE))
	ours=$(measure "http://$HTTP/hooks/web" $from)
	runs=$((runs + $(tail -n 1 "$LAB/got")))
	sleep 1
	for command in true none; do
		theirs=$(measure "http://127.0.0.1:9100/hooks/$command" $from)
		bench_line "callbacks, command $command" "$ours" "$theirs" /s \
			webhook least 5
		sleep 1
	done
done
bench_stop "$agent"
rows=$(bench_ledger "SELECT count(*) FROM callbacks")
# what was under way when the clock ended is kept, but was not answered
echo "answered 202: $runs   in the ledger: $rows   under way at the end:" \
	"$((rows - runs)) (at most $((ROUNDS * 16)))"
[ "$rows" -ge "$runs" ] && [ "$rows" -le $((runs + ROUNDS * 16)) ] ||
	bench_die "the ledger does not hold what was answered"
