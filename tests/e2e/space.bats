#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The disk of deploy's journal fills up, on a real small file system.
# shellcheck disable=SC2154 # release sets id

bats_require_minimum_version 1.5.0

load ../lab/bats

setup_file() {
	lab_host 0s
	mkdir -p "$LAB/state/deploy"
	mount -t tmpfs -o size=14m,mode=700 none "$LAB/state/deploy"
	lab_first 1.0.0
	lab_agent
}

fill() { # [MIB]: leave about MIB free
	local left=${1:-0} have
	have=$(stat -f -c '%a' "$LAB/state/deploy")
	dd if=/dev/zero of="$LAB/state/deploy/filler" bs=4k \
		count=$((have - left * 256)) 2>/dev/null || [ "$left" = 0 ]
}

free_kib() { echo $(($(stat -f -c '%a' "$LAB/state/deploy") * 4)); }

runs_version() { [ "$(lab_version)" = "$1" ]; }

in_health() { # LINE: deploy waits for the new container
	tail -n "+$1" "$LAB/agent.log" | grep -q 'step=health$'
}

reason() { pq show "$id" --json | jq -r '.releases[0].reason'; }

reason_has() { [[ "$(reason)" == *"$1"* ]]; }

@test "a disk that fills up after stop-old still lets the old container return" {
	log=$(($(wc -l <"$LAB/agent.log") + 1))
	release 1.1.0 bad
	lab_wait 90 in_health "$log"
	pid=$(lab_role deploy)
	kill -STOP "$pid"
	lab_docker_client kill web >/dev/null
	[ -z "$(lab_docker_client ps -q)" ]
	fill
	[ "$(free_kib)" = 0 ]
	SECONDS=0
	kill -CONT "$pid"
	lab_wait 120 runs_version 1.0.0
	echo "# the old container runs again after $SECONDS s" >&3
	[ -s "$LAB/state/deploy/filler" ]
	lab_wait 60 lab_in_state "$id" failed
	[ "$(lab_docker_client ps -aq | wc -l)" = 1 ]
	rm "$LAB/state/deploy/filler"
}

@test "deploy touches no container if the way back has no room" {
	lab_role_again deploy
	rm -f "$LAB/state/deploy/ballast"
	fill 3
	before=$(lab_docker_client ps -q --no-trunc)
	release 1.2.0
	lab_wait 90 reason_has "MiB are free in $LAB/state/deploy"
	[ "$(lab_docker_client ps -q --no-trunc)" = "$before" ]
	[ "$(lab_docker_client ps -aq | wc -l)" = 1 ]
	rm "$LAB/state/deploy/filler"
	lab_wait 120 lab_in_state "$id" live
	runs_version 1.2.0
}

@test "twin: with room a bad release is rolled back, and the ballast stays" {
	release 1.3.0 bad
	lab_wait 90 lab_in_state "$id" failed
	runs_version 1.2.0
	[ "$(stat -c '%s %u %a' "$LAB/state/deploy/ballast")" = \
		"4194304 58504 600" ]
	[ "$(du -k "$LAB/state/deploy/ballast" | cut -f1)" -ge 4096 ]
}
