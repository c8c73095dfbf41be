#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Measure the forged callbacks that are refused per second. The peer is a bare
# libmicrohttpd server that computes the same HMAC in one process.
#
#   tests/bench/refused.sh [ROUNDS [SECONDS]]     (3, 5)
set -eu
. "$(dirname "$0")/bench.sh"
ROUNDS=${1:-3} SECS=${2:-5}
trap lab_down EXIT

measure_rate() { # URL: print the rate
	local got bad lost rate
	read -r got bad lost rate _ < <(bench_load "$1" "$SECS" \
		"$LAB/pairs" 0 1000 cycle)
	[ "$bad" = "$got" ] && [ "$lost" = 0 ] ||
		bench_die "$1: refused $bad of $got callbacks, $lost connections failed"
	echo "$rate"
}

lab_up
bench_service 1h
bench_pairs "$LAB/pairs" 1000 forged
"$LAB_BIN/bench_bare" 9101 "$LAB/etc/secrets/warden/web-github" &
lab_started $!
lab_wait 10 curl -s http://127.0.0.1:9101/
lab_agent
for ((i = 0; i < ROUNDS; i++)); do
	ours=$(measure_rate "http://$HTTP/hooks/web")
	theirs=$(measure_rate http://127.0.0.1:9101/hooks/web)
	bench_line "refused" "$ours" "$theirs" /s bare least 0.3
done
bench_stop "$(tail -n 1 "$LAB/pids")"
rows=$(bench_ledger "SELECT count(*) FROM callbacks")
[ "$rows" = 0 ] || bench_die "the ledger has $rows forged callbacks"
