# SPDX-License-Identifier: Apache-2.0
# Jobs of ./check, which sources this file. A job runs in the background and
# writes to a file. When the job ends, the file is printed as one block. A line
# "= PASSED FAILED SKIPPED" has the job's counts. A job that ends early, or
# prints no counts, is a failure. Each job is a process group, and each Bats
# file has a PID namespace as well, so that an interrupted run leaves no
# process behind.

passed=0 failed=0 skipped=0
jobs_dir=$(mktemp -d) || exit 2
declare -A jobs_running=() # process id -> file
jobs_begun=0

jobs_end() {
	local pid
	for pid in "${!jobs_running[@]}"; do
		kill -TERM -- "-$pid" 2>/dev/null
		wait "$pid"
	done
	rm -rf "$jobs_dir"
}
trap jobs_end EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

add_counts() { # PASSED FAILED SKIPPED
	passed=$((passed + $1)) failed=$((failed + $2)) skipped=$((skipped + $3))
}

collect_job() { # FILE STATUS: the output and the exit status of an ended job
	local counted='^= ([0-9]+) ([0-9]+) ([0-9]+)$' line n=0
	while IFS= read -r line; do
		if [[ $line =~ $counted ]]; then
			n=$((n + 1))
			add_counts "${BASH_REMATCH[@]:1}"
		else
			printf '%s\n' "$line"
		fi
	done <"$1"
	[ "$2" -eq 0 ] && [ "$n" -gt 0 ] && return
	echo "FAIL a job of ./check ended early (status $2)"
	add_counts 0 1 0
}

begin_job() { # COMMAND...: start it as a job
	local file
	jobs_begun=$((jobs_begun + 1))
	file=$jobs_dir/$jobs_begun
	set -m # a process group
	"$@" >"$file" 2>&1 </dev/null &
	set +m
	jobs_running[$!]=$file
}

# Check the jobs one by one: "wait -n" forgets a job that ended before the call.
wait_jobs() { # N: wait until at most N jobs run
	local pid
	while [ "${#jobs_running[@]}" -gt "$1" ]; do
		sleep 0.1
		for pid in "${!jobs_running[@]}"; do
			! kill -0 "$pid" 2>/dev/null || continue
			wait "$pid"
			collect_job "${jobs_running[$pid]}" $?
			unset "jobs_running[$pid]"
		done
	done
}

run_alone() { begin_job "$@" && wait_jobs 0; } # COMMAND...: run it with no other job

# ---- the jobs --------------------------------------------------------------

run_step() { # NAME COMMAND...: count it as one test; print its output on failure
	local name=$1 log
	shift
	log=$(mktemp -p "$jobs_dir")
	if timeout --foreground -k 10 1800 "$@" >"$log" 2>&1; then
		echo "ok   $name"
		echo "= 1 0 0"
	else
		echo "FAIL $name"
		tail -n 60 "$log"
		echo "= 0 1 0"
	fi
}

# Count each test that CMake declares. A test that was not built, or did not
# run, is a failure.
unit_tests() { # PRESET
	local log status declared good bad
	local line='^ *[0-9]+/[0-9]+ Test +#[0-9]+: ([^ ]+) \.+ +'
	log=$(mktemp -p "$jobs_dir")
	declared=$(ctest --test-dir "build/$1" -N |
		sed -n 's/^Total Tests: //p')
	ctest --test-dir "build/$1" -j 2 --no-tests=error --timeout 900 \
		--output-on-failure >"$log" 2>&1
	status=$?
	good=$(grep -cE "${line}Passed " "$log")
	bad=$((${declared:-0} - good))
	[ "$good" -gt 0 ] && { [ "$status" -eq 0 ] || [ "$bad" -gt 0 ]; } ||
		bad=$((bad > 0 ? bad : 1))
	sed -nE "s,${line}Passed .*,ok   $1 \\1,p" "$log"
	if [ "$bad" -gt 0 ]; then
		echo "FAIL $1 $bad unit tests (status $status)"
		grep -vE "${line}Passed " "$log" | tail -n 120
	fi
	echo "= $good $bad 0"
}

# List the slow files first; otherwise the last job would run alone for long.
bats_files() {
	local all=(tests/e2e/*.bats tests/attacks/*.bats)
	local slow='^# bats file_tags=slow'
	grep -l "$slow" "${all[@]}"
	grep -L "$slow" "${all[@]}"
}

# Count each test of a Bats file. A file that did not finish (it could not
# start, or it ran out of time) adds one failure.
bats_file() { # PRESET FILE [BATS-OPTION...]
	local log plan good bad idle status
	log=$(mktemp -p "$jobs_dir")
	PQ_BIN=$PWD/build/$1/bin ASAN_OPTIONS=detect_leaks=0 \
		timeout --foreground -k 10 3000 \
		unshare --net --mount --pid --fork --kill-child --mount-proc \
		bats --tap "${@:3}" "$2" >"$log" 2>&1
	status=$?
	idle=$(grep -c '^ok .* # skip' "$log")
	good=$(($(grep -c '^ok ' "$log") - idle))
	bad=$(grep -c '^not ok ' "$log")
	plan=$(sed -n 's/^1\.\.\([0-9]*\)$/\1/p' "$log")
	[ "$status" -eq 0 ] || [ "$bad" -gt 0 ] || bad=1
	[ $((good + bad + idle)) -ge "${plan:-1}" ] || bad=$((bad + 1))
	[ $((good + bad + idle)) -gt 0 ] || bad=1
	sed -n "s/^ok [0-9]*/ok   $1/p" "$log"
	if [ "$bad" -gt 0 ]; then
		echo "FAIL $1 $2 (status $status)"
		grep -v '^ok ' "$log" | tail -n 80
	fi
	echo "= $good $bad $idle"
}
