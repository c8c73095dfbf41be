#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Attacks on the time of the quarantine. An attacker lets the delay pass while
# the host is suspended or while the agent is down, so that no operator can
# object. The clocks of the kernel are those of a time namespace. The wall clock
# has no namespace, so the test moves the stored readings of it back instead.
# shellcheck disable=SC2154 # release sets id

bats_require_minimum_version 1.5.0

load ../lab/bats

setup_file() {
	lab_host 1h
	lab_first 1.0.0
	echo 0 >"$LAB/mono"
	echo 0 >"$LAB/boot"
	start_agent
}

start_agent() {
	unshare --time --monotonic "$(cat "$LAB/mono")" \
		--boottime "$(cat "$LAB/boot")" \
		"$LAB_BIN/pratiqued" --config "$LAB/etc" --state "$LAB/state" \
		--run "$LAB/run" >>"$LAB/agent.log" 2>&1 3>&- &
	lab_agent_is $!
	lab_wait 120 lab_ready
}

stop_agent() {
	local pid
	pid=$(lab_agent_pid)
	kill "$pid"
	lab_wait 120 lab_gone "$pid"
}

add() { # FILE SECONDS
	echo $(($(cat "$LAB/$1") + $2)) >"$LAB/$1"
}

write_ledger() { # SQL
	python3 -c 'import sqlite3, sys
with sqlite3.connect(sys.argv[1]) as db: db.executescript(sys.argv[2])' \
		"$LAB/state/warden/ledger.db" "$1"
}

write_journal() { # SQL
	python3 -c 'import sqlite3, sys
with sqlite3.connect(sys.argv[1]) as db: db.executescript(sys.argv[2])' \
		"$LAB/state/deploy/journal.db" "$1"
}

# Let the time pass without the agent; suspended: CLOCK_MONOTONIC stands still.
pass_time() { # SECONDS [suspended]
	local ms=$(($1 * 1000))
	stop_agent
	write_ledger "UPDATE clock SET wall = wall - $ms;
		UPDATE releases SET clock_first = clock_first - $ms,
			clock_wall = clock_wall - $ms WHERE clock_first > 0"
	write_journal "UPDATE noticed SET first_wall = first_wall - $ms,
		last_wall = last_wall - $ms WHERE first_wall > 0"
	add boot "$1"
	[ "${2:-}" = suspended ] || add mono "$1"
	start_agent
}

# Let a warden that lies believe that the release has served its delay.
warden_believes() {
	stop_agent
	write_ledger "UPDATE releases SET clock_served = 3600000,
		clock_first = clock_first - 3600000 WHERE id = $id"
	start_agent
}

both_served() {
	stop_agent
	write_ledger "UPDATE releases SET clock_served = 3600000,
		clock_first = clock_first - 3600000 WHERE id = $id"
	write_journal "UPDATE noticed SET served = 3600000,
		first_wall = first_wall - 3600000 WHERE digest = '$digest'"
	start_agent
}

noticed() { grep -q "noticed release=$id " "$LAB/agent.log"; }

waiting_release() { # VERSION
	release "$1"
	lab_wait 120 lab_in_state "$id" quarantined
	lab_wait 120 noticed
}

status_has() { pq status | grep -E "$1"; }

reason_has() { # REGEX
	pq show "$id" --json | jq -r '.releases[0].reason' | grep -E "$1"
}

audit_has() { pq audit log | grep -E "$1"; }

@test "an hour of suspend gives the quarantine nothing, and no alarm" {
	waiting_release 1.1.0
	pass_time 3600 suspended
	status_has 'quarantine: (1h0m|5[0-9]m[0-9]+s) of 1h0m left; (1h[0-9]m|59m[0-9]+s) of suspend'
	lab_in_state "$id" quarantined
	run ! audit_has 'clock\.step|clock was stepped'
	run ! grep -E 'ALARM|clock-down' "$LAB/agent.log"
	# a warden that counts the hour cannot deploy: deploy does not count it
	warden_believes
	lab_wait 120 reason_has "quarantine.elapsed: (1h0m|5[0-9]m[0-9]+s) of 1h0m left by deploy's own clock"
	[ "$(lab_version)" = 1.0.0 ]
}

@test "twin: a release that served its delay goes live after a suspend" {
	waiting_release 1.1.1
	pq hold web -m "wait for the suspend"
	both_served
	pass_time 3600 suspended
	status_has 'hold: wait for the suspend'
	run ! audit_has 'clock\.step|clock was stepped'
	pq unhold web
	lab_wait 300 lab_in_state "$id" live
	[ "$(lab_version)" = 1.1.1 ]
}

@test "a delay that ends while the agent is down leaves time to object" {
	waiting_release 1.2.0
	pass_time 3600
	status_has 'quarantine: (15m0s|1[0-4]m[0-9]+s) of 1h0m left, because the agent was down for 1h[0-9]m'
	audit_has 'clock\.down .*down for 1h[0-9]m'
	grep 'clock-down deploy did not run for 1h[0-9]m' "$LAB/agent.log"
	run ! audit_has 'clock\.step|clock was stepped'
	# down again: the time to object begins again
	pass_time 800
	status_has 'quarantine: (15m0s|1[0-4]m[0-9]+s) of 1h0m left, because the agent was down for 1h[12][0-9]m'
	lab_in_state "$id" quarantined
	# deploy waits too, if the warden does not
	stop_agent
	write_ledger "UPDATE releases SET clock_gone = 3600000 WHERE id = $id"
	start_agent
	lab_wait 120 reason_has "quarantine.elapsed: (15m0s|1[0-4]m[0-9]+s) of 1h0m left by deploy's own clock, because deploy was down for 1h[12][0-9]m"
	[ "$(lab_version)" = 1.1.1 ]
	pq reject "$id" -m "not this one"
	lab_wait 60 lab_in_state "$id" rejected
}

@test "twin: a delay that ended before the agent was down is not extended" {
	waiting_release 1.3.0
	pq hold web -m "wait for the operator"
	both_served
	pass_time 3600
	status_has 'hold: wait for the operator'
	pq unhold web
	lab_wait 300 lab_in_state "$id" live
	[ "$(lab_version)" = 1.3.0 ]
}
