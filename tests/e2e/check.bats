#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# ./check counts each test by itself and a job that ends early as a failure; an
# interrupted suite goes on where it was.

setup() {
	tree=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	. "$tree/tests/lab/lab.sh"
	cd "$BATS_TEST_TMPDIR" || return 1
}

jobs() { # SCRIPT: its output, followed by the sums
	# shellcheck disable=SC2016 # of the inner shell
	run env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin tree="$tree" bash -c '
		. "$tree/tests/lab/jobs.sh"
		eval "$1"
		settle 0
		echo "sums $passed $failed $skipped"' - "$1" 3>&-
	echo "$output"
	[ "$status" -eq 0 ]
}

has() { grep -qx -- "$1" <<<"$output"; } # LINE

@test "a suite is named, and a share of it is one of its parts" {
	for args in "--long" "--long nothing" "--long fuzz 0/2" "--long fuzz 3/2" \
		"--long fuzz 1/2 more" "--short"; do
		# shellcheck disable=SC2086 # words of a command line
		run "$tree/check" $args
		[ "$status" -eq 2 ]
		[[ "$output" == *"usage: ./check [--long SUITE"*"kills  kill deploy"* ]]
	done
}

@test "a job that fails or ends early is a failure" {
	jobs 'begin step good true
		begin step bad false
		begin eval "echo one line; exit 3"
		begin echo counts nothing'
	has "ok   good"
	has "FAIL bad"
	has "FAIL a job of ./check ended early (status 3)"
	has "FAIL a job of ./check ended early (status 0)"
	has "sums 1 3 0"
}

@test "a Bats file counts each test, and one more if it does not end" {
	printf '%s\n' '@test "a" { true; }' '@test "b" { false; }' \
		'@test "c" { skip; }' >three.bats
	printf '%s\n' 'setup_file() { false; }' '@test "a" { true; }' \
		'@test "b" { true; }' >none.bats
	echo 'if' >broken.bats
	jobs 'begin bats_file dev three.bats'
	has "ok   dev a"
	has "sums 1 1 1"
	jobs 'begin bats_file dev none.bats'
	has "sums 0 2 0"
	jobs 'begin bats_file dev broken.bats'
	[[ "$output" =~ "sums 0 "[12]" 0" ]]
}

@test "a unit test that was not built or did not run is a failure" {
	mkdir -p build/dev
	printf 'add_test(%s)\n' 'good true' 'bad false' 'none ./not-built' \
		>build/dev/CTestTestfile.cmake
	jobs 'begin unit_tests dev'
	has "ok   dev good"
	has "sums 1 2 0"
	: >build/dev/CTestTestfile.cmake
	jobs 'begin unit_tests dev'
	has "sums 0 1 0"
}

@test "a long suite goes on where it was, while the tree stays as it is" {
	# shellcheck disable=SC2016 # of the inner shell
	long='. "$tree/tests/lab/long.sh"
		build() { :; }
		items_some() { printf "step\t%s\n" "good	true" "bad	test	-e	mended" "more	true"; }
		long_suite some'
	jobs "$long 1 1"
	has "ok   good"
	has "sums 2 1 0"
	jobs "$long 1 1"
	has "ok   before: good"
	has "FAIL bad"
	has "sums 2 1 0"
	jobs "$long 2 2"
	has "FAIL bad"
	has "sums 0 1 0"
	touch mended
	jobs "$long 1 1"
	has "ok   good"
	has "sums 3 0 0"
}

@test "a check that is ended ends its jobs" {
	# shellcheck disable=SC2016 # of the inner shell
	env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin bash -c '. "$1/tests/lab/jobs.sh"
		begin step waits bash -c "echo \$\$ >pid && exec sleep 1000"
		settle 0' - "$tree" 3>&- &
	lab_wait 60 test -s pid
	kill $!
	lab_wait 60 lab_gone "$(cat pid)"
}
