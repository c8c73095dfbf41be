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

family() { # PID: print the process and all its descendants
	local p
	echo "$1"
	for p in $(pgrep -P "$1"); do family "$p"; done
}

pss() { # print KiB; a page that several processes share counts once
	local p
	for p in $(family "$agent"); do
		cat "/proc/$p/smaps_rollup" 2>/dev/null || continue # it ended
	done | awk '/^Pss:/ { n += $2; k++ }
		END { if (k < 6) exit 1; print n }' # the supervisor and five roles
}

audited() { grep -o 'checkpoint seq=[0-9]*' "$LAB/agent.log" | tail -n 1; }

# Each callback ends with an audit row, and the warden logs the number of the
# last row once a second. The work is done if the number stays the same for
# eight seconds.
settle() {
	local last='' same=0
	while [ "$same" -lt 8 ]; do
		sleep 1
		if [ "$(audited)" = "$last" ]; then
			same=$((same + 1))
		else
			same=0 last=$(audited)
		fi
	done
}

load() { # COUNT FROM: send COUNT callbacks of the file
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

line() { # WHEN KIB
	awk -v when="$1" -v kib="$2" 'BEGIN {
		printf "memory, %-20s %6.2f MiB   (target: at most 48)%s\n", when,
			kib / 1024, (kib > 49152) ? "   missed" : "" }'
}

lab_up
bench_service 1h
bench_pairs "$LAB/pairs" $((FEW + COUNT))
lab_agent
agent=$(tail -n 1 "$LAB/pids")
settle
line idle "$(pss)"
load $FEW 0
settle
few=$(pss)
line "after $FEW" "$few"
load "$COUNT" $FEW
line "$COUNT more, at once" "$(pss)"
settle
many=$(pss)
for p in $(family "$agent"); do
	printf '  %-18s %6d KiB\n' "$(cat "/proc/$p/comm")" \
		"$(awk '/^Pss:/ { print $2 }' "/proc/$p/smaps_rollup")"
done
bench_stop "$agent"
rows=$(bench_ledger "SELECT count(*) FROM callbacks")
left=$(bench_ledger "SELECT count(*) FROM callbacks WHERE state = 'received'")
line "after $rows" "$many"
awk -v f="$few" -v m="$many" 'BEGIN {
	printf "memory, last to second line  ratio %.2f   (target: no growth)\n",
		m / f }'
[ "$left" = 0 ] || bench_die "the ledger still has $left unread callbacks"
