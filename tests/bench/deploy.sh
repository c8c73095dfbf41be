#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Measure the time from the callback to the healthy container, with a quarantine
# of 0 s. The peer is an operator's commands: pull, stop, rm, run, wait for
# healthy. Both get images of the same size that the engine does not have yet.
#
#   tests/bench/deploy.sh [PAIRS [MEBIBYTES]]     (3, 32)
set -eu
. "$(dirname "$0")/bench.sh"
PAIRS=${1:-3} SIZE=${2:-32}
trap lab_down EXIT

# Build and push an image as lab_app does, with a layer of random bytes that no
# other image has.
push_image() { # VERSION COMMIT: print the digest
	local ref=$REGISTRY/acme/web:$1
	lab_app_build "$ref" "$@"
	dd if=/dev/urandom of="$LAB/app/payload" bs=1M count="$SIZE" status=none
	printf 'FROM %s\nCOPY payload /payload\n' "$ref" >"$LAB/app/Payload"
	DOCKER_BUILDKIT=0 lab_docker_client build -q -t "$ref" \
		-f "$LAB/app/Payload" "$LAB/app" >/dev/null
	lab_docker_client push -q "$ref" >/dev/null
	lab_docker_client inspect -f '{{index .RepoDigests 0}}' "$ref" |
		sed 's/.*@//'
	lab_docker_client rmi -f "$ref" >/dev/null
	! lab_docker_client image inspect "$ref" >/dev/null 2>&1
}

is_healthy() { # CONTAINER DIGEST
	[ "$(lab_docker_client inspect -f \
		'{{.Config.Image}} {{.State.Health.Status}}' "$1" 2>/dev/null)" \
		= "$REGISTRY/acme/web@$2 healthy" ]
}

await_healthy() { # CONTAINER DIGEST
	local n
	for ((n = 0; n < 600; n++)); do
		is_healthy "$@" && return
		sleep 0.05
	done
	bench_die "container $1: not healthy after 600 tries, 50 ms apart"
}

by_hand() { # CONTAINER DIGEST
	lab_docker_client pull -q "$REGISTRY/acme/web@$2" >/dev/null
	lab_docker_client stop "$1" >/dev/null
	lab_docker_client rm "$1" >/dev/null
	lab_docker_client run -d --name "$1" --memory 64m --pids-limit 64 \
		--cap-drop ALL --env MODE=production --label team=web \
		--restart unless-stopped "$REGISTRY/acme/web@$2" >/dev/null
	await_healthy "$1" "$2"
}

by_callback() { # VERSION DIGEST COMMIT
	lab_send "$1" "$2" "$3" >/dev/null
	await_healthy web "$2"
}

publish_release() { # VERSION: do the publisher's part, before the clock starts
	commit=$(lab_commit "$1")
	lab_tag "$1"
	digest=$(push_image "$1" "$commit")
	lab_sign "$digest" >/dev/null
}

lab_up
. tests/lab/docker.sh
lab_docker
lab_config 0s
publish_release 1.0.0
lab_container "$REGISTRY/acme/web@$digest"
lab_docker_client run -d --name hand "$REGISTRY/acme/web@$digest" >/dev/null
lab_agent
for ((i = 1; i <= PAIRS; i++)); do
	publish_release "1.$i.0"
	start=$(bench_now)
	by_hand hand "$digest"
	theirs=$(bench_since "$start")
	publish_release "1.$i.1"
	start=$(bench_now)
	by_callback "1.$i.1" "$digest" "$commit"
	ours=$(bench_since "$start")
	bench_line "deploy, $SIZE MiB" "$ours" "$theirs" s "by hand" most 1.5
	lab_wait 30 lab_in_state "$(lab_id "1.$i.1")" live ||
		bench_die "1.$i.1: the container is healthy, but the release is not live"
done
