#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The deployment of a container: kept settings, rollback, crashes, and the
# checks that deploy makes by itself.
# shellcheck disable=SC2154 # release sets id

load ../lab/bats

setup_file() {
	lab_host 0s
	lab_docker_client network create front >/dev/null
	lab_docker_client volume create data >/dev/null
	mkdir -p "$LAB/srv"
	lab_first 1.0.0 --hostname shop --user 1000:1000 -w /www \
		--volume data:/data --volume "$LAB/srv:/srv:ro" \
		--network front --network-alias shop --ulimit nofile=512:512 \
		--log-opt max-size=1m --read-only --stop-timeout 3 \
		--add-host db:10.9.8.7 --label tier=front
	lab_docker_client network connect bridge web
	lab_image_of web >"$LAB/first"
	lab_agent
}

settings() { # print the container's settings that a deployment must keep
	lab_docker_client inspect web | jq -S '.[0] | {
		host: .HostConfig,
		config: (.Config | del(.Image, .Env, .Labels)),
		env: [.Config.Env[] | select(startswith("APP_VERSION") | not)] | sort,
		labels: (.Config.Labels | with_entries(select(.key |
			startswith("pratique.") or startswith("org.open") | not))),
		mounts: [.Mounts[] | {Type, Name, Source, Destination, Mode, RW}] | sort,
		networks: [.NetworkSettings.Networks | to_entries[] | {
			key, aliases: [.value.Aliases[]? |
				select(test("^[0-9a-f]{12}$") | not)]}]}'
}

no_leftovers() { [ "$(lab_docker_client ps -aq | wc -l)" = 1 ]; }

reason() { pq show "$id" --json | jq -r '.releases[0].reason'; }

@test "the new container has exactly the settings of the old one" {
	settings >"$LAB/before"
	release 1.1.0
	lab_wait 60 lab_in_state "$id" live
	settings >"$LAB/after"
	diff "$LAB/before" "$LAB/after"
	# settings that come from an image are those of the new image
	[ "$(lab_docker_client inspect web | jq -r '.[0].Config.Env[] | select(startswith("APP_VERSION"))')" = APP_VERSION=1.1.0 ]
	[ "$(lab_version)" = 1.1.0 ]
	no_leftovers
}

@test "an unhealthy release is rolled back" {
	old=$(lab_docker_client inspect -f '{{.Id}}' web)
	release 1.2.0 bad
	lab_wait 60 lab_in_state "$id" failed
	[[ "$(reason)" == *"rolled back"*"unhealthy"* ]]
	[ "$(lab_docker_client inspect -f '{{.Id}} {{.State.Running}}' web)" = "$old true" ]
	[ "$(lab_version)" = 1.1.0 ]
	no_leftovers
	[ "$(pq status --json | jq -r '.services[0].live_tag')" = 1.1.0 ]
}

@test "a release whose container exits at once is rolled back, and its log is kept" {
	release 1.2.1 exit
	lab_wait 60 lab_in_state "$id" failed
	[[ "$(reason)" == *"rolled back"* ]]
	[ "$(lab_version)" = 1.1.0 ]
	no_leftovers
	pq show "$id" --json | jq -e '.attempts[-1].log | contains("wget: ")'
	pq show "$id" | grep -A 3 "^log of deployment 1, " | grep "wget: "
}

@test "an image without a healthcheck goes live" {
	release 1.2.2 none
	lab_wait 60 lab_in_state "$id" live
	[ "$(lab_version)" = 1.2.2 ]
}

@test "after a kill of the Docker daemon one healthy container runs" {
	log=$(wc -l <"$LAB/agent.log")
	release 1.4.0
	lab_wait 60 bash -c "tail -n +$((log + 1)) '$LAB/agent.log' | grep -q 'step=\(start\|health\)\$'"
	pid=$(cat "$LAB/docker.pid")
	kill -9 "$pid"
	lab_wait 60 lab_gone "$pid"
	rm -f "$LAB/docker.pid"
	lab_dockerd
	lab_wait 90 bash -c "'$LAB_BIN/pratique' --run '$LAB/run' show $id --json | jq -e '.releases[0].state | test(\"live|failed\")'"
	lab_docker_client inspect -f '{{.State.Running}}' web | grep -q true
	case $(pq show "$id" --json | jq -r '.releases[0].state') in
	live) [ "$(lab_version)" = 1.4.0 ] ;;
	*) [ "$(lab_version)" = 1.2.2 ] ;;
	esac
	lab_wait 60 no_leftovers
}

@test "deploy removes only images that it pulled, and keeps the last three" {
	# the operator pulled the first image by hand
	lab_docker_client image inspect "$(cat "$LAB/first")" >/dev/null
	[ "$(lab_docker_client images -q "$REGISTRY/acme/web" | wc -l)" -le 5 ]
	lab_docker_client images --digests --format '{{.Digest}}' "$REGISTRY/acme/web" |
		grep -q "$(lab_docker_client inspect -f '{{.Config.Image}}' web | sed 's/.*@//')"
}

@test "a bad posture refuses the release and leaves the container unchanged" {
	image=$(lab_image_of web)
	lab_docker_client rm -f web >/dev/null
	lab_container --pid host "$image"
	old=$(lab_docker_client inspect -f '{{.Id}}' web)
	release 1.5.0
	lab_wait 60 lab_in_state "$id" refused
	[[ "$(reason)" == *"posture.container: host-pid"* ]]
	[ "$(lab_docker_client inspect -f '{{.Id}} {{.State.Running}}' web)" = "$old true" ]
}

@test "a release waits for a missing container, and status shows the next step" {
	image=$(lab_docker_client inspect -f '{{.Config.Image}}' web)
	lab_docker_client rm -f web >/dev/null
	release 1.6.0
	lab_wait 60 bash -c "'$LAB_BIN/pratique' --run '$LAB/run' status | grep -q 'create it once by hand'"
	lab_container "$image"
	pq look web --name 1.6.0 # otherwise the next try is within the hour
	lab_wait 90 lab_in_state "$id" live
	[ "$(lab_version)" = 1.6.0 ]
}

@test "retry lifts a rejection in deploy's journal too" {
	pq hold web -m wait
	release 1.7.0
	lab_wait 60 lab_in_state "$id" quarantined
	pq reject "$id" -m "not yet"
	lab_wait 60 lab_in_state "$id" rejected
	pq unhold web
	pq retry "$id"
	lab_wait 60 lab_in_state "$id" live
	[ "$(lab_version)" = 1.7.0 ]
}

@test "the line that reject prints refuses the image after the journal is lost" {
	pq hold web -m wait
	release 1.7.5
	lab_wait 60 lab_in_state "$id" quarantined
	run pq reject "$id" -m "not this one"
	[ "$status" -eq 0 ]
	[ "$(grep -o 'deny: \[.*\]' <<<"$output")" = "deny: [$digest]" ]
	grep -o 'deny: \[.*\]' <<<"$output" >>"$LAB/etc/services.d/web.yaml"
	agent=$(lab_agent_pid)
	kill "$agent"
	lab_wait 60 lab_gone "$agent"
	rm "$LAB/state/deploy/journal.db"*
	lab_agent
	pq unhold web
	pq retry "$id"
	lab_wait 60 lab_in_state "$id" refused
	[[ "$(reason)" == *"the policy denies $digest"* ]] || { reason; return 1; }
	sed -i '/^deny: /d' "$LAB/etc/services.d/web.yaml"
	lab_agent_again
}

@test "a release whose git tag is acme@VERSION goes live" {
	sed -i 's/"v{version}"/"acme@{version}"/' "$LAB/etc/services.d/web.yaml"
	lab_agent_again
	LAB_TAG=acme@ release 1.8.0
	lab_wait 60 lab_in_state "$id" live
	[ "$(lab_version)" = 1.8.0 ]
}

# The policy is A and (B or C). Nobody uses key B.
@test "a policy of two entries needs a signature for each of them" {
	cp "$LAB/keys/other.pub" "$LAB/etc/keys/web-c.pub"
	openssl ecparam -name prime256v1 -genkey -noout |
		openssl pkey -pubout -out "$LAB/etc/keys/web-b.pub" 2>/dev/null
	chmod 644 "$LAB"/etc/keys/*
	any='  - any:\n'
	for key in b c; do
		any+="      - image-signature: {cosign-key: keys/web-$key.pub, party: qa-$key}\\n"
	done
	sed -i "s|^  - image-signature: .*|&\\n${any%\\n}|" \
		"$LAB/etc/services.d/web.yaml"
	"$LAB_BIN/pratique" check-config "$LAB/etc"
	lab_pending 3s # until then the second signature may still come
	LAB_TAG=acme@ release 1.9.0
	lab_wait 60 lab_in_state "$id" refused
	[[ "$(reason)" == *"image.signature: no alternative is met: cosign-key keys/web-b.pub: "*"cosign-key keys/web-c.pub: "* ]]
	[ "$(lab_version)" = 1.8.0 ]
	lab_pending 10m
	LAB_TAG=acme@ release 1.9.1
	lab_sign "$digest" other
	lab_wait 120 lab_in_state "$id" live
	[ "$(lab_version)" = 1.9.1 ]
	pq show "$id" --json | jq -e '[.findings[].findings[] |
		select(.check == "image.signature" and .status == "pass")] |
		length >= 2'
}

# Names up to pratique's limit, which leaves room for the suffix of the swap.
@test "check-config accepts the container names that the engine accepts" {
	image=$(lab_image_of web)
	long=$(printf 'w%.0s' {1..91})
	cp -r "$LAB/etc" "$LAB/etc2"
	for name in w w2 2w W.w w. w- w_ w__w _w -w .w w/w w:w w@w w+w w%41 wé \
		'w w' "$long"; do
		sed "s|container: web|container: \"$name\"|" \
			"$LAB/etc/services.d/web.yaml" >"$LAB/etc2/services.d/web.yaml"
		engine=0
		lab_docker_client create --name "$name" "$image" \
			>/dev/null 2>"$LAB/said" || engine=1
		run "$LAB_BIN/pratique" check-config "$LAB/etc2"
		[ "$status" = "$engine" ] || {
			echo "$name: $output"
			cat "$LAB/said"
			return 1
		}
		[ "$engine" = 1 ] || lab_docker_client rm "$name" >/dev/null
	done
	# the engine accepts the longest name that the swap makes
	lab_docker_client create "$image" >"$LAB/made"
	lab_docker_client rename "$(cat "$LAB/made")" \
		"$long.pratique-failed-18446744073709551615"
	lab_docker_client rm "$(cat "$LAB/made")"
}
