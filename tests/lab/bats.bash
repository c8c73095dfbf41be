# SPDX-License-Identifier: Apache-2.0
# Shared setup of the Bats files that use a Docker engine: load ../lab/bats

load_lab() {
	. "$BATS_TEST_DIRNAME/../lab/lab.sh"
	[ -z "${LAB:-}" ] || . "$BATS_TEST_DIRNAME/../lab/docker.sh"
}

# Start registry, git server and engine, and write the configuration. The test
# creates the first container by hand and then starts the agent.
lab_host() { # DELAY [PENDING]
	load_lab
	LAB_BIN=$PQ_BIN
	export LAB LAB_BIN
	lab_up
	load_lab
	lab_docker
	lab_config "$@"
}

teardown_file() {
	load_lab
	lab_down
}

setup() { load_lab; }

# Sign, push and announce a release; set id, digest and commit.
release() { # VERSION [HEALTH]
	commit=$(lab_commit "$1")
	lab_tag "$1"
	digest=$(lab_app "$1" "$commit" "${2:-good}")
	lab_sign "$digest"
	lab_send "$1" "$digest" "$commit"
	lab_wait 60 lab_id "$1"
	id=$(lab_id "$1")
}
