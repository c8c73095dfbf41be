#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The roles run their programs from any directory, each with its own uid. If a
# role cannot reach a file that it needs, pratiqued prints one line and ends.

bats_require_minimum_version 1.5.0

setup() {
	. "$BATS_TEST_DIRNAME/../lab/lab.sh"
	export LAB_BIN=$PQ_BIN
	lab_bare
	mkdir -m 700 "$LAB/private"
}

teardown() { lab_down; }

copy_programs() { # DIR
	mkdir -p "$1"
	cp "$PQ_BIN"/pratique* "$1"
	chmod 755 "$1"/*
}

expect_stop() { # REASON [OPTION...]: one line, and pratiqued created no file
	run timeout 60 "$LAB_BIN/pratiqued" --config "$LAB/etc" \
		--state "$LAB/state" --run "$LAB/run" "${@:2}" 3>&-
	[ "$status" -eq 1 ]
	[ "$(grep -v ': warning: ' <<<"$output")" = \
		"<3>supervisor: event=stopped reason=\"$1\"" ]
	[ ! -e "$LAB/run" ]
	[ ! -e "$LAB/state" ]
}

@test "the roles run programs that only root can reach, and run them without root" {
	LAB_BIN=$LAB/private/bin
	copy_programs "$LAB_BIN"
	lab_agent
	for name in warden intake fetch verify deploy; do
		lab_wait 60 lab_role "$name"
		pid=$(lab_role "$name")
		[ "$(readlink "/proc/$pid/exe")" = "$LAB_BIN/pratique-$name" ]
		awk '/^Uid:/ { exit !($2 >= 58500 && $2 == $3 && $3 == $4) }' \
			"/proc/$pid/status"
	done
	run ! grep -E "role-not-run|role-ended" "$LAB/agent.log"
	[ "$(stat -c %a "$LAB/private")" = 700 ]
}

@test "a role has no open file descriptor of its program" {
	lab_agent
	for name in warden intake fetch verify deploy; do
		lab_wait 60 lab_role "$name"
		run ls -l "/proc/$(lab_role "$name")/fd"
		[[ "$output" != *"$LAB_BIN"* ]]
	done
}

@test "the process of a role has the name of the role" {
	mkdir "$LAB/files" "$LAB/bin"
	copy_programs "$LAB/files"
	for name in warden intake fetch verify deploy; do
		mv "$LAB/files/pratique-$name" "$LAB/files/$name"
		ln -s "$LAB/files/$name" "$LAB/bin/pratique-$name"
	done
	lab_agent --bin "$LAB/bin"
	for name in warden intake fetch verify deploy; do
		lab_wait 60 pgrep -P "$(lab_agent_pid)" \
			-x "pratique-$name"
	done
}

@test "pratiqued stops if a role cannot execute its program" {
	copy_programs "$LAB/bin"
	chmod 700 "$LAB/bin/pratique-fetch"
	expect_stop "program: the role fetch (uid 58502) cannot execute $LAB/bin/pratique-fetch (mode 0700): move the program or chmod o+x $LAB/bin/pratique-fetch" \
		--bin "$LAB/bin"
}

@test "pratiqued stops if a program is missing or is a directory" {
	copy_programs "$LAB/bin"
	rm "$LAB/bin/pratique-verify"
	expect_stop "program: $LAB/bin/pratique-verify: No such file or directory: install the programs beside each other, or name their directory with --bin" \
		--bin "$LAB/bin"
	mkdir "$LAB/bin/pratique-verify"
	expect_stop "program: $LAB/bin/pratique-verify: not a regular file" \
		--bin "$LAB/bin"
}

@test "pratiqued stops if a role cannot enter or read the configuration" {
	mv "$LAB/etc" "$LAB/private/etc"
	ln -s "$LAB/private/etc" "$LAB/etc"
	expect_stop "configuration: the role warden (uid 58500) cannot enter $LAB/private (mode 0700): move the configuration or chmod o+x $LAB/private"
	chmod 711 "$LAB/private" "$LAB/private/etc"
	expect_stop "configuration: the role warden (uid 58500) cannot read $LAB/private/etc (mode 0711): move the configuration or chmod o+rx $LAB/private/etc"
	chmod 755 "$LAB/private/etc"
	chmod 600 "$LAB/private/etc/pratique.yaml"
	expect_stop "configuration: the role warden (uid 58500) cannot read it: pratique.yaml: error: pratique.yaml: Permission denied: chmod o+r it"
}

@test "pratiqued stops if a role cannot enter the run or state directory" {
	expect_stop "run directory: the role warden (uid 58500) cannot enter $LAB/private (mode 0700): move the run directory or chmod o+x $LAB/private" \
		--run "$LAB/private/run"
	expect_stop "state directory: the role warden (uid 58500) cannot enter $LAB/private (mode 0700): move the state directory or chmod o+x $LAB/private" \
		--state "$LAB/private/state"
	mkdir -p "$LAB/private/deep/state"
	expect_stop "state directory: the role warden (uid 58500) cannot enter $LAB/private (mode 0700): move the state directory or chmod o+x $LAB/private" \
		--state "$LAB/private/deep/state"
	[ -z "$(ls "$LAB/private/deep/state")" ]
}

@test "pratiqued without root runs all roles with the uid of its caller" {
	chown -R 12345:12345 "$LAB/etc"
	mkdir "$LAB/mine"
	chown 12345:12345 "$LAB/mine"
	copy_programs "$LAB/bin"
	LAB_BIN=$LAB/bin
	setpriv --reuid=12345 --regid=12345 --clear-groups \
		"$LAB_BIN/pratiqued" --config "$LAB/etc" \
		--state "$LAB/mine/state" --run "$LAB/mine/run" \
		>"$LAB/agent.log" 2>&1 3>&- &
	lab_agent_is $!
	lab_wait 60 lab_ready
	for name in warden intake fetch verify deploy; do
		lab_wait 60 lab_role "$name"
	done
	run ! grep -E "role-not-run|role-ended" "$LAB/agent.log"
}
