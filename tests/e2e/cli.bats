#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The command line as scripts and operators meet it: what it reads, what it
# writes, how it ends. The agent runs, without a Docker engine behind it.

bats_require_minimum_version 1.5.0

load_lab() { . "$BATS_TEST_DIRNAME/../lab/lab.sh"; }

setup_file() {
	load_lab
	LAB_BIN=$PQ_BIN
	export LAB LAB_BIN
	lab_up
	lab_config 1h
	lab_agent
}

teardown_file() {
	load_lab
	lab_down
}

setup() {
	load_lab
	P=$LAB_BIN/pratique
	cd "$BATS_TEST_TMPDIR" || return 1
}

@test "input: what does not end is read to its limit and no further" {
	printf 'secret-of-the-hook' >secret
	for args in "tag --signers $LAB/etc/keys/web.allowed_signers /dev/zero" \
		"tag --signers /dev/zero secret" \
		"callback --scheme github --secret-file secret /dev/zero" \
		"callback --scheme github --secret-file /dev/zero secret" \
		"image --key /dev/zero $REGISTRY/acme/web:1" \
		"evidence /dev/zero"; do
		run timeout 5 "$P" verify $args
		[ "$status" -eq 4 ]
		[[ "$output" =~ "/dev/zero: over "[0-9]+" bytes" ]]
	done
	run timeout 5 "$P" send web --image "$REGISTRY/acme/web:1" \
		--secret-file /dev/zero --url "http://$HTTP"
	[ "$status" -eq 4 ]
	[[ "$output" == *"/dev/zero: over "* ]]
}

# A control socket that listens and is never accepted from; one caller waits in
# its queue, the next cannot even connect.
mute() { # DIR
	mkdir -p "$1"
	python3 - "$1/control.sock" 3>&- <<-'EOF' &
		import socket, sys, time
		s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
		s.bind(sys.argv[1])
		s.listen(0)
		time.sleep(60)
	EOF
	lab_started $!
	lab_wait 5 test -S "$1/control.sock"
}

unanswered() { # ARGUMENTS...: in the background, for as long as others wait
	timeout 20 "$P" "$@" >"out.$#" 2>&1 3>&- &
	waiting+=($!)
}

@test "an agent that does not answer is one that is not reached" {
	waiting=()
	mute run
	pkill -STOP -f "pratique-warden --config $LAB/etc"
	unanswered --run "$LAB/run" status
	unanswered --run "$LAB/run" watch 1
	unanswered --run run show 1 --evidence
	sleep 1
	run timeout 20 "$P" --run run status --json
	pkill -CONT -f "pratique-warden --config $LAB/etc"
	[ "$status" -eq 3 ]
	[[ "$output" == *"run/control.sock: Connection timed out"* ]]
	for pid in "${waiting[@]}"; do
		status=0
		wait "$pid" || status=$?
		[ "$status" -eq 3 ]
	done
	[ "$(grep -c "the agent does not answer" out.*)" = \
		"$(printf 'out.%d:1\n' 3 4 5)" ]
	pq status
}
