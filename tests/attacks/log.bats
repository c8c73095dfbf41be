#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Attacks on the log by a role that an attacker has taken over. The attacker has
# the role's descriptors 1 and 2. Each attack has a benign twin.

bats_require_minimum_version 1.5.0

ROLES="warden intake fetch verify deploy"

setup() {
	. "$BATS_TEST_DIRNAME/../lab/lab.sh"
	export LAB_BIN=$PQ_BIN
	lab_bare
}

teardown() { lab_down; }

role_fd() { # ROLE FD ACT [ARGUMENT...]
	python3 "$BATS_TEST_DIRNAME/../lab/rolefd.py" "$(lab_role "$1")" "${@:2}"
}

all_ready() { # each role has written its first line
	for role in $ROLES; do
		grep -q "$role: .*selftest=" "$LAB/agent.log" || return 1
	done
}

start_agent() { # the log has the first lines of each role
	lab_agent
	lab_wait 60 all_ready
}

in_log() { lab_wait 60 grep -Eq "$1" "$LAB/agent.log"; }

sum_dropped() { # ROLE: the lines that pratiqued counted instead of logging
	sed -n "s/.*event=lines-dropped role=$1 lines=//p" "$LAB/agent.log" |
		awk '{ n += $1 } END { print n + 0 }'
}

@test "a role cannot overwrite a line of the log" {
	start_agent
	size=$(stat -c %s "$LAB/agent.log")
	before=$(head -c "$size" "$LAB/agent.log" | sha256sum)
	for role in $ROLES; do
		for fd in 1 2; do
			run role_fd "$role" "$fd" rewrite "warden: forged"
			[ "$output" = "Illegal seek" ]
		done
	done
	[ "$(head -c "$size" "$LAB/agent.log" | sha256sum)" = "$before" ]
}

@test "twin: the lines of a role are added to the log, with its name" {
	start_agent
	for role in $ROLES; do
		for fd in 1 2; do
			role_fd "$role" "$fd" write <<<"plain line $fd"
			in_log "^<6>$role: plain line $fd\$"
		done
	done
}

@test "a role cannot write in the name of another role or of pratiqued" {
	start_agent
	printf '%s\n' 'warden: forged' '<3>warden: forged' \
		'supervisor: forged' | role_fd intake 2 write
	printf '\rwarden: forged\033[2Jwarden: forged\0warden: forged\n' |
		role_fd intake 2 write
	role_fd intake 2 write <<<"the end"
	in_log 'intake: the end$'
	run ! grep -aE '^(<[0-7]>)?(warden|supervisor): forged' "$LAB/agent.log"
	run ! grep -aP '[\x00-\x08\x0b-\x1f\x7f]' "$LAB/agent.log"
	grep -Fq '<6>intake: <3>warden: forged' "$LAB/agent.log"
	grep -Fq '<6>intake: \x0dwarden: forged\x1b[2Jwarden: forged\x00warden' \
		"$LAB/agent.log"
}

@test "a line of 100 kB is cut, with a mark" {
	start_agent
	{ printf '%0100000d\n' 0 && echo "the next line"; } |
		role_fd verify 2 write
	in_log '^<6>verify: the next line$'
	[ "$(grep -c '^<6>verify: 0*\[cut\]$' "$LAB/agent.log")" = 1 ]
	[ "$(awk 'length > max { max = length } END { print max }' \
		"$LAB/agent.log")" -le 1100 ]
}

@test "twin: a line of 1 KiB is not cut" {
	start_agent
	printf '%01024d\n' 0 | role_fd verify 2 write
	in_log '^<6>verify: 0{1024}$'
}

dropped_and_logged() { # COUNT: each flooded line was logged or counted
	[ "$(($(grep -c '^<6>intake: flood$' "$LAB/agent.log") + \
		$(sum_dropped intake)))" = "$1" ]
}

@test "a flood of lines is dropped and counted, and blocks no role" {
	start_agent
	role_fd intake 2 flood 100000 flood
	lab_wait 60 dropped_and_logged 100000
	[ "$(sum_dropped intake)" -gt 50000 ]
	role_fd warden 2 write <<<"the warden still writes"
	in_log '^<6>warden: the warden still writes$'
	pq status
}

@test "twin: a burst of 500 lines is logged, and none is dropped" {
	start_agent
	role_fd intake 2 flood 500 flood
	lab_wait 60 dropped_and_logged 500
	[ "$(sum_dropped intake)" = 0 ]
}

@test "a reader of pratiqued's log that stops reading blocks neither roles nor pratiqued" {
	mkfifo "$LAB/fifo"
	exec 8<>"$LAB/fifo"
	"$LAB_BIN/pratiqued" --config "$LAB/etc" --state "$LAB/state" \
		--run "$LAB/run" >"$LAB/fifo" 2>&1 3>&- 8>&- &
	lab_agent_is $!
	lab_wait 60 lab_ready
	role_fd intake 2 flood 3000 "$(printf '%01000d' 0)"
	lab_role_again verify
	lab_wait 60 lab_ready
	pq status
	cat <&8 >"$LAB/agent.log" 3>&- &
	lab_started $!
	in_log '^<4>supervisor: event=lines-dropped role=supervisor lines=[0-9]+'
	in_log '^<4>supervisor: event=lines-dropped role=intake lines=[0-9]+'
	role_fd warden 2 write <<<"readable again"
	in_log '^<6>warden: readable again$'
	exec 8>&-
}

@test "the last lines of a role come before the line about its end" {
	start_agent
	pid=$(lab_role verify)
	kill -STOP "$(lab_agent_pid)"
	role_fd verify 2 flood 50 "almost the end"
	printf 'last words without a newline' | role_fd verify 2 write
	kill -9 "$pid"
	kill -CONT "$(lab_agent_pid)"
	in_log 'role-ended role=verify signal=9'
	run grep -E -B1 'role-ended role=verify signal=9' "$LAB/agent.log"
	[ "${lines[0]}" = '<6>verify: last words without a newline' ]
	[ "$(grep -c '^<6>verify: almost the end$' "$LAB/agent.log")" = 50 ]
}

@test "a role refuses to start if its output is a regular file" {
	for role in $ROLES; do
		set -- --config "$LAB/etc" --run "$LAB/run"
		case $role in warden | deploy) set -- "$@" --state "$LAB" ;; esac
		run bash -c '"$@" 2>&1 >"$0"' "$LAB/out" \
			"$LAB_BIN/pratique-$role" "$@"
		[ "$status" -eq 2 ]
		[[ "$output" == *"standard output is a regular file"* ]]
		run bash -c '"$@" 2>"$0"' "$LAB/out" \
			"$LAB_BIN/pratique-$role" "$@"
		[ "$status" -eq 2 ]
		grep "standard error is a regular file" "$LAB/out"
	done
}

@test "twin: a role whose output is a pipe starts and asks for its sockets" {
	run "$LAB_BIN/pratique-warden" --config "$LAB/etc" --run "$LAB/run" \
		--state "$LAB"
	[ "$status" -eq 1 ]
	[[ "$output" == *"let pratiqued or systemd start this program"* ]]
}

@test "the log on a terminal has no priorities" {
	script -qefc "'$LAB_BIN/pratiqued' --config '$LAB/etc' \
		--state '$LAB/state' --run '$LAB/run'" /dev/null \
		>"$LAB/agent.log" 2>&1 </dev/null 3>&- &
	lab_started $!
	in_log '^warden: .*selftest='
	run ! grep '^<' "$LAB/agent.log"
}
