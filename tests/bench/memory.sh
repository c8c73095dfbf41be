#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Measure the memory of the supervisor and all roles together: idle, after a few
# callbacks and after COUNT callbacks. Each time the agent has finished its work.
#
#   tests/bench/memory.sh [COUNT]     (100000)
set -eu
. "$(dirname "$0")/bench.sh"
COUNT=${1:-100000} FEW=2000
trap lab_down EXIT

list_family() { # PID: print the process and all its descendants
	local p
	echo "$1"
	for p in $(pgrep -P "$1"); do list_family "$p"; done
}

sum_pss() { # print KiB; a page that several processes share counts once
	local p
	for p in $(list_family "$agent"); do
		cat "/proc/$p/smaps_rollup" 2>/dev/null || continue # it ended
	done | awk '/^Pss:/ { n += $2; k++ }
		END { if (k < 6) exit 1; print n }' # the supervisor and five roles
}

last_checkpoint() { grep -o 'checkpoint seq=[0-9]*' "$LAB/agent.log" | tail -n 1; }

# Each callback ends with an audit row, and the warden logs the number of the
# last row once a second. The work is done if the number stays the same for
# eight seconds.
wait_idle() {
	local last='' same=0
	while [ "$same" -lt 8 ]; do
		sleep 1
		if [ "$(last_checkpoint)" = "$last" ]; then
			same=$((same + 1))
		else
			same=0 last=$(last_checkpoint)
		fi
	done
}

send_load() { # COUNT FROM: send COUNT callbacks of the file
	local got bad lost spent from=$2 end=$(($2 + $1))
	while [ "$from" -lt "$end" ]; do
		read -r got bad lost _ spent < <(bench_load \
			"http://$HTTP/hooks/web" 4 "$LAB/pairs" "$from" \
			$((end - from)) once)
		[ "$bad" = 0 ] && [ "$lost" = 0 ] ||
			bench_die "refused $bad of $got callbacks, $lost connections failed"
		[ "$spent" = 0 ] || break
		from=$((from + got))
	done
}

print_line() { # WHEN KIB
	awk -v when="$1" -v kib="$2" 'BEGIN {
		printf "memory, %-20s %6.2f MiB   (target: at most 48)%s\n", when,
			kib / 1024, (kib > 49152) ? "   missed" : "" }'
}

lab_up
bench_service 1h
bench_pairs "$LAB/pairs" $((FEW + COUNT))
lab_agent
agent=$(tail -n 1 "$LAB/pids")
wait_idle
print_line idle "$(sum_pss)"
send_load $FEW 0
wait_idle
few=$(sum_pss)
print_line "after $FEW" "$few"
send_load "$COUNT" $FEW
print_line "$COUNT more, at once" "$(sum_pss)"
wait_idle
many=$(sum_pss)
for p in $(list_family "$agent"); do
	printf '  %-18s %6d KiB\n' "$(cat "/proc/$p/comm")" \
		"$(awk '/^Pss:/ { print $2 }' "/proc/$p/smaps_rollup")"
done
bench_stop "$agent"
rows=$(bench_ledger "SELECT count(*) FROM callbacks")
left=$(bench_ledger "SELECT count(*) FROM callbacks WHERE state = 'received'")
print_line "after $rows" "$many"
awk -v f="$few" -v m="$many" 'BEGIN {
	printf "memory, last to second line  ratio %.2f   (target: no growth)\n",
		m / f }'
[ "$left" = 0 ] || bench_die "the ledger still has $left unread callbacks"
