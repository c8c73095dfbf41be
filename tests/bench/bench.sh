# SPDX-License-Identifier: Apache-2.0
# Shared functions of the benchmarks. A benchmark sources this file first, with
# its own arguments. Each benchmark runs in separate network and mount
# namespaces, so that it neither measures the host nor collides with it.
#
#   PQ_BIN  directory of the measured programs (default: the release preset)

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

# Print one run: both figures, their ratio and the target.
bench_line() { # NAME OURS THEIRS UNIT PEER least|most TARGET [inverse]
	awk -v name="$1" -v a="$2" -v b="$3" -v unit="$4" -v peer="$5" \
		-v word="$6" -v target="$7" -v inverse="${8:-}" 'BEGIN {
		ratio = inverse ? b / a : a / b
		met = word == "least" ? ratio >= target : ratio <= target
		printf "%-28s pratique %9.2f %s   %s %9.2f %s   ratio %6.2f" \
			"   (target: at %s %s)%s\n", name, a, unit, peer, b,
			unit, ratio, word, target, met ? "" : "   missed" }'
}

bench_median() { sort -n | awk '{ v[NR] = $1 }
	END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }

bench_now() { echo "$EPOCHREALTIME"; } # in seconds

bench_since() { # START: print the seconds since START
	awk -v a="$1" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.3f\n", b - a }'
}

# Configure a service that tracks no tag of the callbacks. The agent reads each
# callback to the end and then fetches nothing, which would disturb the measure.
bench_service() { # DELAY
	lab_config "$1" 5s
	sed -i 's/^track: .*/track: "none-*"/' "$LAB/etc/services.d/web.yaml"
}

bench_pairs() { # FILE COUNT [forged]: write bodies with their signatures
	python3 tests/bench/pairs.py "$LAB/etc/secrets/warden/web-github" \
		"$REGISTRY/acme/web" "$2" "${3:-}" >"$1"
}

# Send callbacks through CONNECTIONS (16) connections at once. Print the number
# of answers, of answers without success and of failed connections, the answers
# per second, and the number of threads that ran out of bodies.
bench_load() { # URL SECONDS FILE FROM COUNT once|cycle
	wrk --threads 2 --connections "${CONNECTIONS:-16}" --duration "$2" \
		--script tests/bench/load.lua "$1" -- "$3" "$4" "$5" "$6" \
		>"$LAB/wrk.log" 2>&1 || bench_die "$(cat "$LAB/wrk.log")"
	sed -n 's/^load: //p' "$LAB/wrk.log" | grep . ||
		bench_die "$(cat "$LAB/wrk.log")"
}

bench_stop() { # PID
	kill "$1"
	lab_wait 30 lab_gone "$1" ||
		bench_die "process $1: still running 30 s after SIGTERM"
}

# Query the ledger. The agent must have ended, because it locks the file.
bench_ledger() { # SQL
	python3 -c 'import sqlite3, sys
print(sqlite3.connect(sys.argv[1]).execute(sys.argv[2]).fetchone()[0])' \
		"$LAB/state/warden/ledger.db" "$1"
}
