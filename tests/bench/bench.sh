# SPDX-License-Identifier: Apache-2.0
# What the benchmarks share; sourced first, with the arguments of the script.
# Each runs in a network and a mount namespace of its own, so that nothing on
# the host is measured with it or can collide with it.
#
#   PQ_BIN  the programs that are measured (the release preset's)

cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 2
if [ -z "${PQ_IN_NETNS:-}" ]; then
	PQ_IN_NETNS=1 exec unshare --net --mount "$0" "$@"
fi
LAB_BIN=${PQ_BIN:-$PWD/build/release/bin}
. tests/lab/lab.sh

bench_die() {
	echo "$*" >&2
	exit 1
}

# One run: both figures and their ratio, beside the target.
bench_line() { # WHAT OURS THEIRS UNIT PEER least|most TARGET [inverse]
	awk -v what="$1" -v a="$2" -v b="$3" -v unit="$4" -v peer="$5" \
		-v word="$6" -v target="$7" -v inverse="${8:-}" 'BEGIN {
		ratio = inverse ? b / a : a / b
		met = word == "least" ? ratio >= target : ratio <= target
		printf "%-28s pratique %9.2f %s   %s %9.2f %s   ratio %6.2f" \
			"   (target: at %s %s)%s\n", what, a, unit, peer, b,
			unit, ratio, word, target, met ? "" : "   missed" }'
}

bench_median() { sort -n | awk '{ v[NR] = $1 }
	END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }

bench_now() { echo "$EPOCHREALTIME"; } # seconds

bench_since() { # START: seconds since then
	awk -v a="$1" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.3f\n", b - a }'
}

# A service whose callbacks are read to the end and then come to nothing: no
# tag is tracked, so nothing is fetched while something else is measured.
bench_service() { # DELAY
	lab_config "$1" 5s
	sed -i 's/^track: .*/track: "none-*"/' "$LAB/etc/services.d/web.yaml"
}

bench_pairs() { # FILE COUNT [forged]: bodies with their signatures
	python3 tests/bench/pairs.py "$LAB/etc/secrets/warden/web-github" \
		"$REGISTRY/acme/web" "$2" "${3:-}" >"$1"
}

# The load, CONNECTIONS (16) at once. Prints answers, answers that were no success,
# connections that failed, answers a second, threads that ran out of bodies.
bench_load() { # URL SECONDS FILE FROM COUNT once|cycle
	wrk --threads 2 --connections "${CONNECTIONS:-16}" --duration "$2" \
		--script tests/bench/load.lua "$1" -- "$3" "$4" "$5" "$6" \
		>"$LAB/wrk.log" 2>&1 || bench_die "$(cat "$LAB/wrk.log")"
	sed -n 's/^load: //p' "$LAB/wrk.log" | grep . ||
		bench_die "$(cat "$LAB/wrk.log")"
}

bench_stop() { # PID
	kill "$1"
	lab_wait 30 lab_gone "$1" || bench_die "process $1 does not end"
}

# What the ledger holds; the agent must have ended, it locks the file.
bench_ledger() { # SQL
	python3 -c 'import sqlite3, sys
print(sqlite3.connect(sys.argv[1]).execute(sys.argv[2]).fetchone()[0])' \
		"$LAB/state/warden/ledger.db" "$1"
}
