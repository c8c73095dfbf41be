#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# bats file_tags=slow
# Deploy is killed at each request that changes something on the real engine. At
# the end exactly one container runs under its name: the new one, or the old one
# after a bad release. No container was created twice. The tests count the
# requests of a swap themselves.
# shellcheck disable=SC2154 # release sets id

load ../lab/bats

setup_file() {
	lab_host 0s
	python3 "$BATS_TEST_DIRNAME/../lab/gate.py" "$LAB/gate.sock" \
		"$LAB/docker.sock" "$LAB/gate.log" "$LAB/gate.plan" \
		"$(lab_docker_group)" 3>&- &
	lab_started $!
	sed -i "s,^docker: .*,docker: unix://$LAB/gate.sock," "$LAB/etc/pratique.yaml"
	lab_first 1.0.0
	lab_agent
}

teardown() {
	rm -f "$LAB/gate.plan"
	[ -n "${BATS_TEST_COMPLETED:-}" ] || {
		cat "$LAB/gate.log"
		pq show "$id"
	}
}

# Print id, state and version of the container; fail if there are several.
print_container() {
	[ "$(lab_docker_client ps -aq | wc -l)" = 1 ] &&
		lab_docker_client inspect -f '{{.Id}} {{.State.Status}}' web &&
		lab_version
}

release_ended() {
	pq show "$id" --json | jq -e '.releases[0].state | IN("live", "failed")'
}

# Run one swap, with the planned kill, to its end.
run_swap() { # VERSION HEALTH
	local before
	before=$(print_container)
	: >"$LAB/gate.log"
	release "$1" "$2"
	lab_wait 300 release_ended
	if [ "$2" = good ]; then
		lab_in_state "$id" live
		[ "$(print_container | tail -n +2)" = "$1" ]
		[[ "$(print_container)" == *" running"* ]]
	else
		lab_in_state "$id" failed
		[ "$(print_container)" = "$before" ]
	fi
	[ "$(grep -c '^POST [^ ]*/containers/create' "$LAB/gate.log")" = 1 ]
}

# Kill deploy at the first request of a swap, at the second request of the next
# swap, and so on, until a swap has fewer requests than the plan.
killed_at_each() { # before|after HEALTH VERSION
	local n=0
	while [ ! -e "$LAB/gate.plan" ]; do
		n=$((n + 1))
		echo "$n $1" >"$LAB/gate.plan"
		echo "killed $1 request $n"
		run_swap "$3.$n" "$2"
	done
	[ "$n" -gt 7 ]
}

set_order() { # stop-first|start-first
	sed -i "s/^  order: .*//; s/^deploy:/&\n  order: $1/" \
		"$LAB/etc/services.d/web.yaml"
	lab_agent_again
}

@test "stop first: deploy survives a kill at each response" {
	killed_at_each after good 1.1
}

# bats test_tags=long
@test "stop first: deploy survives a kill before each request" {
	killed_at_each before good 1.2
}

# bats test_tags=long
@test "stop first, bad release: deploy survives a kill at each response" {
	killed_at_each after exit 1.3
}

# bats test_tags=long
@test "stop first, bad release: deploy survives a kill before each request" {
	killed_at_each before exit 1.4
}

# bats test_tags=long
@test "start first: deploy survives a kill at each response" {
	set_order start-first
	killed_at_each after good 1.5
}

# bats test_tags=long
@test "start first: deploy survives a kill before each request" {
	set_order start-first
	killed_at_each before good 1.6
}

# bats test_tags=long
@test "start first, bad release: deploy survives a kill at each response" {
	set_order start-first
	killed_at_each after exit 1.7
}

@test "start first, bad release: deploy survives a kill before each request" {
	set_order start-first
	killed_at_each before exit 1.8
}
