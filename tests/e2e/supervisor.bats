#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The conditions under which pratiqued refuses to start. It prints one error with
# the name of the file and ends, instead of starting roles that end again and
# again. The other tests cover its effects on the host: the files that it writes,
# passes to the roles and leaves behind.

bats_require_minimum_version 1.5.0

setup() {
	. "$BATS_TEST_DIRNAME/../lab/lab.sh"
	export LAB_BIN=$PQ_BIN
	lab_bare
	secret=$LAB/etc/secrets/warden/web-github
}

teardown() { lab_down; }

run_pratiqued() { # [OPTION...]: until it ends
	timeout 60 "$LAB_BIN/pratiqued" --config "$LAB/etc" \
		--state "$LAB/state" --run "$LAB/run" "$@" 3>&-
}

expect_stop() { # TEXT [OPTION...]: it starts no role and prints TEXT
	run run_pratiqued "${@:2}"
	[ "$status" -eq 1 ]
	[[ "$output" == *"$1"* ]]
	[[ "$output" != *role-ended* && "$output" != *selftest* ]]
}

expect_refusal() { # TEXT: it starts no role and prints TEXT about one secret
	run run_pratiqued
	[ "$status" -eq 1 ]
	[[ "$output" == *"$1"* ]]
	[[ "$output" != *role-ended* && "$output" != *selftest* ]]
	[ "$(grep -c "secrets/" <<<"$output")" = 1 ]
}

warden_copy_is() { # TEXT
	[ "$(cat "$LAB/run/credentials/warden/web-github")" = "$1" ]
}

@test "pratiqued copies a good secret for its role only" {
	lab_agent
	warden_copy_is "$(cat "$secret")"
	[ "$(stat -c %a "$LAB/run/credentials/warden/web-github")" = 400 ]
	[ "$(stat -c %a "$LAB/run/credentials/warden")" = 700 ]
}

@test "pratiqued tells an ordinary user to start it as root" {
	install -m 755 "$LAB_BIN/pratiqued" "$BATS_TEST_TMPDIR/pratiqued"
	chmod 755 "$BATS_TEST_TMPDIR"
	cd /
	run setpriv --reuid=12345 --regid=12345 --clear-groups \
		"$BATS_TEST_TMPDIR/pratiqued" --config "$LAB/etc" \
		--state "$LAB/state" --run "$LAB/run" 3>&-
	[ "$status" -eq 2 ]
	[ "$output" = "pratiqued must be started by root" ]
	[ ! -e "$LAB/state" ]
}

@test "a secret that other users may read or write is refused" {
	for mode in 404 440 402 420 644; do
		chmod "$mode" "$secret"
		expect_refusal "secrets/warden/web-github: mode 0$mode, must be 0400"
	done
}

@test "a secret of another owner is refused" {
	chown 12345 "$secret"
	expect_refusal "secrets/warden/web-github: owned by uid 12345, must be owned by root"
}

@test "a secret that is empty or over the limit is refused" {
	: >"$secret"
	expect_refusal "secrets/warden/web-github: the file is empty"
	printf '%6000s' x >"$secret"
	expect_refusal "secrets/warden/web-github: longer than the limit of 4096 bytes"
}

@test "a secret that is a FIFO, a directory or a link is refused" {
	mv "$secret" "$LAB/elsewhere"
	ln -s "$LAB/elsewhere" "$secret"
	expect_refusal "secrets/warden/web-github: "
	rm "$secret"
	mkfifo -m 400 "$secret"
	expect_refusal "secrets/warden/web-github: not a regular file"
	rm "$secret"
	mkdir -m 700 "$secret"
	expect_refusal "secrets/warden/web-github: not a regular file"
}

@test "a secret in a directory that other users may write to is refused" {
	for dir in secrets secrets/warden; do
		for mode in 775 757; do
			chmod "$mode" "$LAB/etc/$dir"
			expect_refusal "web-github: a directory above it is not owned by root"
		done
		chmod 755 "$LAB/etc/$dir"
	done
}

@test "pratiqued and check-config report a missing or invalid secret once" {
	rm "$secret"
	expect_refusal "web: secrets/warden/web-github: No such file"
	run "$LAB_BIN/pratique" check-config "$LAB/etc"
	[ "$status" -eq 1 ]
	[[ "$output" == *"services.d/web.yaml:8: error: web: secrets/warden/web-github: No such file or directory"* ]]
	sed -i 's/scheme: github/scheme: standard-webhooks/' "$LAB/etc/services.d/web.yaml"
	(umask 077 && echo not-a-whsec >"$secret")
	expect_refusal "web: secrets/warden/web-github: a secret of the endpoint is not whsec_"
	run "$LAB_BIN/pratique" check-config "$LAB/etc"
	[ "$status" -eq 1 ]
}

@test "the credential of a registry must exist for fetch and for deploy" {
	sed -i "s/$REGISTRY: {/&credential: nope, /" "$LAB/etc/pratique.yaml"
	mkdir "$LAB/etc/secrets/fetch"
	(umask 077 && echo user:password >"$LAB/etc/secrets/fetch/nope")
	expect_refusal "web: secrets/deploy/nope: No such file"
	run "$LAB_BIN/pratique" check-config "$LAB/etc"
	[ "$status" -eq 1 ]
	[[ "$output" == *"pratique.yaml:4: error: web: secrets/deploy/nope: No such file"* ]]
}

@test "a registry or git host without a service needs no secret" {
	sed -i 's/^git:/  unused.example.com: {credential: none}\n&\n  unused.example.com: {credential: none}/' \
		"$LAB/etc/pratique.yaml"
	run "$LAB_BIN/pratique" check-config "$LAB/etc"
	[ "$status" -eq 0 ]
	lab_agent
	lab_wait 60 grep "fetch: ready origins=2 " "$LAB/agent.log"
	run ! grep -E "role-ended|lost origin" "$LAB/agent.log"
}

@test "check-config warns if the user may not read the secrets" {
	chmod 700 "$LAB/etc/secrets"
	run lab_as 12345 check-config "$LAB/etc"
	[ "$status" -eq 0 ]
	[[ "$output" == *"secrets: warning: the secrets were not examined: Permission denied"* ]]
	chmod 755 "$LAB/etc/secrets" "$LAB/etc/secrets/warden"
	run lab_as 12345 check-config "$LAB/etc"
	[ "$status" -eq 0 ]
	[[ "$output" == *"secrets: warning: some secrets were not examined: uid 12345 may not read them"* ]]
}

@test "a role gets exactly the secrets that it needs, and no old ones" {
	mkdir -p "$LAB/run/credentials/warden"
	touch "$LAB/run/credentials/warden/old"
	(umask 077 && echo unneeded >"$LAB/etc/secrets/warden/other")
	lab_agent
	[ "$(ls "$LAB/run/credentials/warden")" = web-github ]
}

@test "relative paths refer to the directory in which pratiqued was started" {
	ln -s "$LAB_BIN" "$LAB/bin"
	cd "$LAB"
	"$LAB_BIN/pratiqued" --config etc --state state --run ./run --bin bin \
		>agent.log 2>&1 3>&- &
	lab_agent_is $!
	lab_wait 60 lab_ready
	pq status
	run ! grep role-ended agent.log
}

@test "an error of the configuration has the number of its line, if it has a line" {
	touch "$LAB/etc/services.d/x.yml"
	sed -i 's/health: 120s/health: soon/' "$LAB/etc/services.d/web.yaml"
	run run_pratiqued
	[ "$status" -eq 1 ]
	[[ "$output" == *"services.d/x.yml: warning: ignored"* ]]
	[[ "$output" == *"services.d/web.yaml:18: error: health: expected a duration"* ]]
	[[ "$output" != *:0:* ]]
	run "$LAB_BIN/pratique" check-config "$LAB/etc/pratique.yaml"
	[ "$status" -eq 4 ]
	[[ "$output" == *"pratique.yaml: Not a directory"* ]]
}

@test "a second agent is refused and does not disturb the first" {
	lab_agent
	before=$(ls -li "$LAB/run" "$LAB/run/credentials/warden")
	expect_stop "$LAB/run: another pratiqued is running with this directory"
	expect_stop "$LAB/run: another pratiqued is running with this directory" --state "$LAB/state2"
	expect_stop "$LAB/state: another pratiqued is running with this directory" --run "$LAB/run2"
	[ "$(ls -li "$LAB/run" "$LAB/run/credentials/warden")" = "$before" ]
	pq status
	run ! grep role-ended "$LAB/agent.log"
}

@test "an address in use is reported before pratiqued creates a file" {
	lab_agent
	expect_stop "listen: $HTTP: Address already in use" --run "$LAB/run2" \
		--state "$LAB/state2"
	run find "$LAB/run2" "$LAB/state2" -name '*.sock' -o -name web-github
	[ "$output" = "" ]
}

@test "a directory of another user is refused and left unchanged" {
	mkdir -p "$LAB/precious" "$LAB/run/credentials"
	touch "$LAB/precious/file"
	ln -s "$LAB/precious" "$LAB/run/credentials/deploy"
	chown 12345 "$LAB/run/credentials"
	expect_stop "$LAB/run: credentials: it must belong to uid 0"
	chown 12345 "$LAB/run"
	expect_stop "$LAB/run: it must belong to uid 0"
	chown -R root "$LAB/run"
	expect_stop "$LAB/run: credentials: deploy: "
	[ "$(stat -c '%U %a' "$LAB/precious")" = "root 755" ]
	[ -e "$LAB/precious/file" ]
	rm -r "$LAB/run"
	ln -s "$LAB/precious" "$LAB/run"
	expect_stop "$LAB/run: "
	[ "$(ls "$LAB/precious")" = file ]
}

@test "pratiqued does not change the mode of an existing directory" {
	mkdir -m 1777 "$LAB/run"
	expect_stop "$LAB/run: it must belong to uid 0"
	[ "$(stat -c %a "$LAB/run")" = 1777 ]
	chmod 755 "$LAB/run"
	mkdir -m 700 "$LAB/state"
	expect_stop "cannot enter $LAB/state (mode 0700)"
	[ "$(stat -c %a "$LAB/state")" = 700 ]
	chmod 711 "$LAB/state"
	mkdir -m 700 "$LAB/run/credentials"
	expect_stop "$LAB/run: credentials: the roles cannot enter it (mode 0700)"
	[ "$(stat -c %a "$LAB/run/credentials")" = 700 ]
	chmod 711 "$LAB/run/credentials"
	lab_agent
	[ "$(stat -c %a "$LAB/state")" = 711 ]
}

@test "pratiqued creates its directories with the right mode under any umask" {
	(umask 077 && lab_agent)
	for dir in run run/credentials state; do
		[ "$(stat -c %a "$LAB/$dir")" = 755 ]
	done
}

deploy_groups() { awk '/^Groups:/ { print $2 }' "/proc/$(lab_role deploy)/status"; }

deploy_has_group() { [ "$(deploy_groups)" = "$1" ]; }

create_docker_socket() { # GID: with the owner and mode of a real engine
	rm -f "$LAB/docker.sock"
	python3 -c 'import os, socket, sys
os.umask(0o777)
socket.socket(socket.AF_UNIX).bind(sys.argv[1])
os.chown(sys.argv[1], 0, int(sys.argv[2]))
os.chmod(sys.argv[1], 0o660)' "$LAB/docker.sock" "$1"
}

@test "deploy gets the group of a Docker socket that appears or changes later" {
	lab_agent
	lab_wait 60 lab_role deploy
	[ "$(deploy_groups)" = "" ]
	create_docker_socket 4321
	lab_wait 60 deploy_has_group 4321
	create_docker_socket 4322
	lab_wait 60 deploy_has_group 4322
	# a missing socket does not end deploy, which may be in a deployment
	rm "$LAB/docker.sock"
	pid=$(lab_role deploy)
	lab_role_again intake
	[ "$(lab_role deploy)" = "$pid" ]
	[ "$(grep -c "role-ended role=deploy" "$LAB/agent.log")" = 2 ]
}

@test "the state of a role changes its owner when the uid of the role changes" {
	lab_agent
	pq hold web -m "kept"
	ln "$LAB/etc/pratique.yaml" "$LAB/state/warden/link"
	mkfifo "$LAB/state/warden/fifo"
	touch "$LAB/state/warden/roots"
	chown 58500 "$LAB/state/warden/fifo"
	lab_agent_again --uid-base 58600
	[ "$(pq status --json | jq -r '.services[0].hold')" = kept ]
	[ "$(stat -c '%u %g' "$LAB/state/warden/ledger.db")" = "58600 58600" ]
	# only regular files of the old uid with one link change their owner
	[ "$(stat -c %u "$LAB/etc/pratique.yaml")" = 0 ]
	[ "$(stat -c %u "$LAB/state/warden/roots")" = 0 ]
	[ "$(stat -c %u "$LAB/state/warden/fifo")" = 58500 ]
}

@test "a uid that belongs to a user of the host is refused for a role" {
	nobody=$(id -u nobody)
	expect_stop "intake: uid $nobody belongs to the user nobody" --uid-base $((nobody - 1))
}

@test "SIGTERM and SIGHUP end the agent and leave no secret and no socket" {
	for sig in TERM HUP; do
		lab_agent
		pid=$(lab_agent_pid)
		kill -"$sig" "$pid"
		wait "$pid"
		[ "$(grep -c 'intake: stopped reason="signal"' "$LAB/agent.log")" = 1 ]
		: >"$LAB/agent.log"
		run find "$LAB/run" ! -type d ! -name '*.lock'
		[ "$output" = "" ]
	done
}

@test "pratiqued ignores SIGHUP if its caller ignores it" {
	(trap '' HUP && lab_agent)
	kill -HUP "$(lab_agent_pid)"
	lab_role_again intake
	pq status
}

intake_sockets() { ss -Htn "$@" "sport = :${HTTP##*:}"; }

# Intake has read the bytes of one caller, who is still connected.
caller_was_read() { intake_sockets state established | awk '$1 == 0 { n++ } END { exit n != 1 }'; }

address_is_free() { caller_was_read && [ -z "$(intake_sockets -l)" ]; }

@test "a new agent starts after a kill, although a caller is still connected" {
	lab_agent
	exec 7<>"/dev/tcp/${HTTP%:*}/${HTTP##*:}"
	printf 'POST /hooks/web HTTP/1.1\r\nHost: x\r\n%s\r\n%s\r\n\r\n{' \
		'Content-Type: application/json' 'Content-Length: 100' >&7
	lab_wait 60 caller_was_read
	kill -9 "$(lab_agent_pid)"
	lab_wait 60 address_is_free
	lab_agent
	exec 7>&-
}

@test "the agent runs with a limit of 64 file descriptors" {
	(ulimit -n 64 && lab_agent)
	run ! grep role-ended "$LAB/agent.log"
}

@test "the log has the reason why a role cannot run" {
	mkdir "$LAB/bin"
	ln -s "$LAB_BIN"/pratique-* "$LAB/bin"
	rm "$LAB/bin/pratique-verify"
	echo rubbish >"$LAB/bin/pratique-verify"
	chmod 755 "$LAB/bin/pratique-verify"
	lab_agent --bin "$LAB/bin"
	lab_wait 60 grep "role-not-run role=verify reason=\"$LAB/bin/pratique-verify: Exec format error" \
		"$LAB/agent.log"
}

@test "no role inherits the standard input of pratiqued" {
	"$LAB_BIN/pratiqued" --config "$LAB/etc" --state "$LAB/state" \
		--run "$LAB/run" <"$secret" >"$LAB/agent.log" 2>&1 3>&- &
	lab_agent_is $!
	lab_wait 60 lab_ready
	for name in warden intake fetch verify deploy; do
		[ "$(readlink "/proc/$(lab_role "$name")/fd/0")" = /dev/null ]
	done
}
