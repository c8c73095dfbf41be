#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The memory of earlier versions, and the loss of it, with a real engine. Its
# containers survive the loss of the agent's state.
# shellcheck disable=SC2154 # release sets id and digest

load ../lab/bats

setup_file() {
	export LAB_FLOOR=
	lab_host 1s
	lab_first 1.2.0
	lab_agent
}

inspect_web() { # FORMAT
	lab_docker_client inspect -f "$1" web
}

reason() { pq show "$1" --json | jq -r '.releases[0].reason'; }

floor_is() { # VERSION [WORDS]
	pq status web --json | jq -e --arg v "$1" --arg w "${2:-}" \
		'.services[0] | .floor == $v and (.floor_from | contains($w))'
}

waits_for() { # ID WORDS
	pq status web | grep -qF "$2" && lab_in_state "$1" quarantined
}

# Announce the last release again. The agent that lost its state sees commit, tag
# and image for the first time.
announce_again() { # VERSION
	lab_send "$1" "$digest" "$commit"
}

# Remove the state directory, as a lost disk or a wrong --state does.
lose_state() {
	end_without_state
	lab_agent
}

end_without_state() {
	kill "$(lab_agent_pid)"
	lab_wait 60 lab_gone "$(lab_agent_pid)"
	rm -rf "$LAB/state"
}

set_policy_floor() { # YAML
	sed -i '/^floor:/d' "$LAB/etc/services.d/web.yaml"
	[ -z "$1" ] || echo "floor: $1" >>"$LAB/etc/services.d/web.yaml"
	lab_agent_again
}

@test "on the first day an old release waits, and status shows the next step" {
	floor_is "" "pratique adopt web --version 1.2.0"
	release 1.0.5
	lab_wait 60 lab_in_state "$id" quarantined
	lab_wait 60 waits_for "$id" "pratique adopt web --version 1.2.0"
	pq status web | grep -F "web has no floor: "
	lab_wait 60 bash -c "grep -q 'noticed release=$id .*pratique adopt web' '$LAB/agent.log'"
	[ "$(lab_version)" = 1.2.0 ]
}

@test "adopt requires a valid version and a known service" {
	run pq adopt web
	[ "$status" -eq 2 ]
	run pq adopt web --version latest
	[ "$status" -eq 2 ]
	[[ "$output" == *"latest: not a version"* ]]
	run pq adopt nothing --version 1.2.0
	[ "$status" -eq 5 ]
	[[ "$output" == *"no such service"* ]]
	floor_is ""
}

@test "adopt refuses a stopped or missing container" {
	lab_docker_client stop -t 0 web >/dev/null
	run pq adopt web --version 1.2.0
	[ "$status" -eq 1 ]
	[[ "$output" == *"does not run"* ]]
	lab_docker_client rename web aside
	run pq adopt web --version 1.2.0
	[ "$status" -eq 1 ]
	[[ "$output" == *"create it once by hand"* ]]
	lab_docker_client rename aside web
	lab_docker_client start web >/dev/null
	floor_is ""
}

@test "adopt records the running container by its digest and does not recreate it" {
	inspect_web '{{.Id}} {{.State.StartedAt}}' >"$LAB/before"
	run pq adopt web --version 1.2.0
	[ "$status" -eq 0 ]
	floor_is 1.2.0
	[ "$(pq status web --json | jq -r '.services[0].live_tag')" = 1.2.0 ]
	live=$(pq status web --json | jq -r '.services[0].live_digest')
	inspect_web '{{.Config.Image}}' | grep -qF "@$live"
	inspect_web '{{.Id}} {{.State.StartedAt}}' | diff "$LAB/before" -
	pq audit log | grep -q 'service.adopted'
	pq audit verify
}

@test "the old release that waited is refused after adopt" {
	id=$(lab_id 1.0.5)
	lab_wait 60 lab_in_state "$id" refused
	[[ "$(reason "$id")" == "order.monotonic: 1.0.5 is older than 1.2.0, the highest version that was live" ]]
	[ "$(lab_version)" = 1.2.0 ]
}

@test "adopt never changes a floor, and may be repeated" {
	for v in 1.0.0 1.1.9 1.2.1 9999.0.0; do
		run pq adopt web --version "$v"
		[ "$status" -eq 1 ]
		[[ "$output" == *"already has the floor 1.2.0"* ]]
	done
	pq adopt web --version 1.2.0
	floor_is 1.2.0
}

@test "a newer release goes live, and its container has version and digest labels" {
	release 1.3.0
	lab_wait 60 lab_in_state "$id" live
	[ "$(lab_version)" = 1.3.0 ]
	[ "$(inspect_web '{{index .Config.Labels "pratique.version"}}')" = 1.3.0 ]
	[ "$(inspect_web '{{index .Config.Labels "pratique.digest"}}')" = "$digest" ]
}

@test "without state, the label refuses an old release and permits a newer one" {
	lose_state
	lab_wait 60 floor_is 1.3.0 "the label of the running container"
	release 1.2.5
	lab_wait 60 lab_in_state "$id" refused
	[[ "$(reason "$id")" == *"1.2.5 is older than 1.3.0, the label"* ]]
	[ "$(lab_version)" = 1.3.0 ]
	release 1.4.0
	lab_wait 60 lab_in_state "$id" live
	[ "$(lab_version)" = 1.4.0 ]
}

@test "a release of the running image does not recreate the container" {
	lose_state
	inspect_web '{{.Id}} {{.State.StartedAt}}' >"$LAB/before"
	commit=$(git -C "$LAB/src" rev-parse HEAD)
	digest=$(inspect_web '{{index .Config.Labels "pratique.digest"}}')
	announce_again 1.4.0
	lab_wait 60 lab_id 1.4.0
	id=$(lab_id 1.4.0)
	lab_wait 60 lab_in_state "$id" live
	[[ "$(reason "$id")" == *"nothing was recreated"* ]]
	inspect_web '{{.Id}} {{.State.StartedAt}}' | diff "$LAB/before" -
	floor_is 1.4.0 "the highest version that was live"
}

# The new ledger gives out the same release and attempt ids as before the loss.
@test "without the ledger the next release is deployed" {
	kill "$(tail -n 1 "$LAB/pids")"
	lab_wait 60 lab_gone "$(tail -n 1 "$LAB/pids")"
	rm -rf "$LAB/state/warden"
	lab_agent
	release 1.4.1-rc1
	lab_wait 60 lab_in_state "$id" live
	[ "$(lab_version)" = 1.4.1-rc1 ]
	pq audit log | grep -q 'an earlier attempt had the same number'
}

@test "without the ledger a release is live only if its container runs" {
	lose_state
	release 1.4.1-rc2
	lab_wait 60 lab_in_state "$id" live
	kill "$(tail -n 1 "$LAB/pids")"
	lab_wait 60 lab_gone "$(tail -n 1 "$LAB/pids")"
	rm -rf "$LAB/state/warden"
	lab_app_build local/other 1.3.9 none
	lab_docker_client rm -f web >/dev/null
	lab_docker_client run -d --name web --memory 64m --pids-limit 64 \
		--cap-drop ALL local/other >/dev/null
	lab_agent
	announce_again 1.4.1-rc2
	lab_wait 60 lab_id 1.4.1-rc2
	id=$(lab_id 1.4.1-rc2)
	lab_wait 60 lab_in_state "$id" live
	[ "$(lab_version)" = 1.4.1-rc2 ]
}

@test "labels of another image's container do not count as a floor" {
	end_without_state
	labels=(--label pratique.version=9999.0.0
		--label "pratique.digest=$(inspect_web '{{index .Config.Labels "pratique.digest"}}')")
	lab_app_build local/other 1.4.1 none
	lab_docker_client rm -f web >/dev/null
	lab_docker_client run -d --name web --memory 64m --pids-limit 64 \
		--cap-drop ALL "${labels[@]}" local/other >/dev/null
	lab_agent
	lab_wait 60 floor_is "" "pratique adopt web"
	release 1.5.0
	lab_wait 60 waits_for "$id" "pratique adopt web"
	# no registry has this image, so adopt records its image id
	run pq adopt web --version 1.4.1
	[ "$status" -eq 0 ]
	[[ "$output" == *"image id $(inspect_web '{{.Image}}')"* ]]
	# the release that waited for the floor continues by itself
	lab_wait 60 lab_in_state "$id" live
	[ "$(lab_version)" = 1.5.0 ]
	release 1.4.0-rc1
	lab_wait 60 lab_in_state "$id" refused
}

@test "the floor of the policy holds without any memory" {
	end_without_state
	image=$(inspect_web '{{.Config.Image}}')
	lab_docker_client rm -f web >/dev/null
	lab_container "$image"
	lab_agent
	set_policy_floor 1.6.0
	lab_wait 60 floor_is 1.6.0 "the floor of the policy"
	release 1.5.9
	lab_wait 60 lab_in_state "$id" refused
	[[ "$(reason "$id")" == *"older than 1.6.0, the floor of the policy"* ]]
	release 1.6.0
	lab_wait 60 lab_in_state "$id" live
	[ "$(lab_version)" = 1.6.0 ]
}

@test "only instead-of in the policy lowers a floor that is too high" {
	release 9999.0.0
	lab_wait 60 lab_in_state "$id" live
	set_policy_floor ""
	lab_wait 60 floor_is 9999.0.0
	release 1.7.0
	lab_wait 60 lab_in_state "$id" refused
	set_policy_floor 1.7.0
	floor_is 9999.0.0
	set_policy_floor "{version: 1.7.0, instead-of: 9999.0.0}"
	lab_wait 60 floor_is 1.7.0 "the floor of the policy"
	pq retry "$id"
	lab_wait 60 lab_in_state "$id" live
	[ "$(lab_version)" = 1.7.0 ]
	release 1.6.5
	lab_wait 60 lab_in_state "$id" refused
}

@test "without the engine there is no floor, and adopt cannot set one" {
	kill "$(cat "$LAB/docker.pid")"
	lab_wait 60 lab_gone "$(cat "$LAB/docker.pid")"
	lose_state
	run pq adopt web --version 0.0.1
	[ "$status" -eq 1 ] # below the floor of the policy
	set_policy_floor ""
	lab_wait 60 floor_is "" "deploy cannot find out which version runs"
	run pq adopt web --version 1.0.0
	[ "$status" -eq 4 ]
	lab_dockerd
}
