#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# ./check counts each test, and counts a job that ends early as a failure. An
# interrupted suite continues with the items that have not passed.

setup() {
	tree=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	. "$tree/tests/lab/lab.sh"
	cd "$BATS_TEST_TMPDIR" || return 1
}

run_jobs() { # SCRIPT: sets output to the lines of the jobs and the sums
	# shellcheck disable=SC2016 # the inner shell expands it
	run env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin tree="$tree" bash -c '
		. "$tree/tests/lab/jobs.sh"
		eval "$1"
		wait_jobs 0
		echo "sums $passed $failed $skipped"' - "$1" 3>&-
	echo "$output"
	[ "$status" -eq 0 ]
}

has_line() { grep -qx -- "$1" <<<"$output"; } # LINE

@test "check refuses an unknown suite or shard with its usage" {
	for args in "--long" "--long nothing" "--long fuzz 0/2" "--long fuzz 3/2" \
		"--long fuzz 1/2 more" "--short"; do
		# shellcheck disable=SC2086 # args has several words
		run "$tree/check" $args
		[ "$status" -eq 2 ]
		[[ "$output" == *"usage: ./check [--long SUITE"*"kills  kill deploy"* ]]
	done
}

@test "check counts a job that fails or ends early as a failure" {
	run_jobs 'begin_job run_step good true
		begin_job run_step bad false
		begin_job eval "echo one line; exit 3"
		begin_job echo counts nothing'
	has_line "ok   good"
	has_line "FAIL bad"
	has_line "FAIL a job of ./check ended early (status 3)"
	has_line "FAIL a job of ./check ended early (status 0)"
	has_line "sums 1 3 0"
}

@test "check counts each test of a Bats file, and one failure if it does not finish" {
	printf '%s\n' '@test "a" { true; }' '@test "b" { false; }' \
		'@test "c" { skip; }' >three.bats
	printf '%s\n' 'setup_file() { false; }' '@test "a" { true; }' \
		'@test "b" { true; }' >none.bats
	echo 'if' >broken.bats
	run_jobs 'begin_job bats_file dev three.bats'
	has_line "ok   dev a"
	has_line "sums 1 1 1"
	run_jobs 'begin_job bats_file dev none.bats'
	has_line "sums 0 2 0"
	run_jobs 'begin_job bats_file dev broken.bats'
	[[ "$output" =~ "sums 0 "[12]" 0" ]]
}

@test "check counts a unit test that was not built or did not run as a failure" {
	mkdir -p build/dev
	printf 'add_test(%s)\n' 'good true' 'bad false' 'none ./not-built' \
		>build/dev/CTestTestfile.cmake
	run_jobs 'begin_job unit_tests dev'
	has_line "ok   dev good"
	has_line "sums 1 2 0"
	: >build/dev/CTestTestfile.cmake
	run_jobs 'begin_job unit_tests dev'
	has_line "sums 0 1 0"
}

@test "a long suite skips the items that passed, while the tree is unchanged" {
	# shellcheck disable=SC2016 # the inner shell expands it
	long='. "$tree/tests/lab/long.sh"
		build_preset() { :; }
		items_some() { printf "run_step\t%s\n" "good	true" "bad	test	-e	fixed" "more	true"; }
		long_suite some'
	run_jobs "$long 1 1"
	has_line "ok   good"
	has_line "sums 2 1 0"
	run_jobs "$long 1 1"
	has_line "ok   before: good"
	has_line "FAIL bad"
	has_line "sums 2 1 0"
	run_jobs "$long 2 2"
	has_line "FAIL bad"
	has_line "sums 0 1 0"
	touch fixed
	run_jobs "$long 1 1"
	has_line "ok   good"
	has_line "sums 3 0 0"
}

@test "check ends its jobs when a signal ends it" {
	# shellcheck disable=SC2016 # the inner shell expands it
	env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin bash -c '. "$1/tests/lab/jobs.sh"
		begin_job run_step waits bash -c "echo \$\$ >pid && exec sleep 1000"
		wait_jobs 0' - "$tree" 3>&- &
	lab_wait 60 test -s pid
	kill $!
	lab_wait 60 lab_gone "$(cat pid)"
}
