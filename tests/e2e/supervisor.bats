#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What pratiqued refuses to start with: it says so once, by the name of the
# file, and ends, rather than starting roles that end again and again. And what
# it does to the host: where it writes, what it hands over, what it leaves.

bats_require_minimum_version 1.5.0

setup() {
	. "$BATS_TEST_DIRNAME/../lab/lab.sh"
	export LAB_BIN=$PQ_BIN
	lab_bare
	secret=$LAB/etc/secrets/warden/web-github
}

teardown() { lab_down; }

start() { # [OPTION...]
	timeout 60 "$LAB_BIN/pratiqued" --config "$LAB/etc" \
		--state "$LAB/state" --run "$LAB/run" "$@" 3>&-
}

stops() { # TEXT [OPTION...]: it does not start, and says why
	run start "${@:2}"
	[ "$status" -eq 1 ]
	[[ "$output" == *"$1"* ]]
	[[ "$output" != *role-ended* && "$output" != *selftest* ]]
}

refuses() { # TEXT: and no role was started
	run start
	[ "$status" -eq 1 ]
	[[ "$output" == *"$1"* ]]
	[[ "$output" != *role-ended* && "$output" != *selftest* ]]
	[ "$(grep -c "secrets/" <<<"$output")" = 1 ]
}

role() { lab_role "$1"; }

copy_is() { # TEXT: of the copy for the warden
	[ "$(cat "$LAB/run/credentials/warden/web-github")" = "$1" ]
}

@test "a good secret is copied for its role alone" {
	lab_agent
	copy_is "$(cat "$secret")"
	[ "$(stat -c %a "$LAB/run/credentials/warden/web-github")" = 400 ]
	[ "$(stat -c %a "$LAB/run/credentials/warden")" = 700 ]
}

@test "an ordinary user is told to start pratiqued as root" {
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

@test "a secret that others may read or write is refused" {
	for mode in 404 440 402 420 644; do
		chmod "$mode" "$secret"
		refuses "secrets/warden/web-github: must be a plain file"
	done
}

@test "a secret of another owner is refused" {
	chown 12345 "$secret"
	refuses "secrets/warden/web-github: must be a plain file"
}

@test "a secret is neither empty nor over the limit" {
	: >"$secret"
	refuses "secrets/warden/web-github: empty, or over 4096 bytes"
	printf '%6000s' x >"$secret"
	refuses "secrets/warden/web-github: empty, or over 4096 bytes"
}

@test "a secret is no FIFO, directory or link" {
	mv "$secret" "$LAB/elsewhere"
	ln -s "$LAB/elsewhere" "$secret"
	refuses "secrets/warden/web-github: "
	rm "$secret"
	mkfifo -m 400 "$secret"
	refuses "secrets/warden/web-github: must be a plain file"
	rm "$secret"
	mkdir -m 700 "$secret"
	refuses "secrets/warden/web-github: must be a plain file"
}

@test "a secret lies in directories that nobody else may write to" {
	for dir in secrets secrets/warden; do
		for mode in 775 757; do
			chmod "$mode" "$LAB/etc/$dir"
			refuses "web-github: lies in a directory"
		done
		chmod 755 "$LAB/etc/$dir"
	done
}

@test "a secret that is missing or of no use is said once, by both" {
	rm "$secret"
	refuses "web: secrets/warden/web-github: No such file"
	run "$LAB_BIN/pratique" check-config "$LAB/etc"
	[ "$status" -eq 1 ]
	[[ "$output" == *"services.d/web.yaml:8: error: web: secrets/warden/web-github: No such file or directory"* ]]
	sed -i 's/scheme: github/scheme: standard-webhooks/' "$LAB/etc/services.d/web.yaml"
	(umask 077 && echo not-a-whsec >"$secret")
	refuses "web: secrets/warden/web-github: a secret of the endpoint is not whsec_"
	run "$LAB_BIN/pratique" check-config "$LAB/etc"
	[ "$status" -eq 1 ]
}

@test "a registry's credential is needed by fetch and by deploy" {
	sed -i "s/$REGISTRY: {/&credential: nope, /" "$LAB/etc/pratique.yaml"
	mkdir "$LAB/etc/secrets/fetch"
	(umask 077 && echo user:password >"$LAB/etc/secrets/fetch/nope")
	refuses "web: secrets/deploy/nope: No such file"
	run "$LAB_BIN/pratique" check-config "$LAB/etc"
	[ "$status" -eq 1 ]
	[[ "$output" == *"pratique.yaml:4: error: web: secrets/deploy/nope: No such file"* ]]
}

@test "a registry or a git host that no service uses needs no secret" {
	sed -i 's/^git:/  unused.example.com: {credential: none}\n&\n  unused.example.com: {credential: none}/' \
		"$LAB/etc/pratique.yaml"
	run "$LAB_BIN/pratique" check-config "$LAB/etc"
	[ "$status" -eq 0 ]
	lab_agent
	lab_wait 60 grep "fetch: ready origins=2 " "$LAB/agent.log"
	run ! grep -E "role-ended|lost origin" "$LAB/agent.log"
}

@test "who may not read the secrets is told that they were not examined" {
	chmod 700 "$LAB/etc/secrets"
	run lab_as 12345 check-config "$LAB/etc"
	[ "$status" -eq 0 ]
	[[ "$output" == *"secrets: warning: no secret was examined: Permission denied"* ]]
	chmod 755 "$LAB/etc/secrets" "$LAB/etc/secrets/warden"
	run lab_as 12345 check-config "$LAB/etc"
	[ "$status" -eq 0 ]
	[[ "$output" == *"secrets: warning: not every secret was examined"* ]]
}

@test "a role is given what it needs, and keeps nothing of before" {
	mkdir -p "$LAB/run/credentials/warden"
	touch "$LAB/run/credentials/warden/old"
	(umask 077 && echo unneeded >"$LAB/etc/secrets/warden/other")
	lab_agent
	[ "$(ls "$LAB/run/credentials/warden")" = web-github ]
}

@test "relative paths mean what they meant where pratiqued was started" {
	ln -s "$LAB_BIN" "$LAB/bin"
	cd "$LAB"
	"$LAB_BIN/pratiqued" --config etc --state state --run ./run --bin bin \
		>agent.log 2>&1 3>&- &
	lab_agent_is $!
	lab_wait 60 lab_ready
	pq status
	run ! grep role-ended agent.log
}

@test "what is wrong is said with its line, or without one" {
	touch "$LAB/etc/services.d/x.yml"
	sed -i 's/health: 120s/health: soon/' "$LAB/etc/services.d/web.yaml"
	run start
	[ "$status" -eq 1 ]
	[[ "$output" == *"services.d/x.yml: warning: is ignored"* ]]
	[[ "$output" == *"services.d/web.yaml:18: error: health: expected a duration"* ]]
	[[ "$output" != *:0:* ]]
	run "$LAB_BIN/pratique" check-config "$LAB/etc/pratique.yaml"
	[ "$status" -eq 4 ]
	[[ "$output" == *"pratique.yaml: Not a directory"* ]]
}

@test "a second agent is refused and takes nothing from the first" {
	lab_agent
	before=$(ls -li "$LAB/run" "$LAB/run/credentials/warden")
	stops "$LAB/run: another pratiqued is running with this directory"
	stops "$LAB/run: another pratiqued is running with this directory" --state "$LAB/state2"
	stops "$LAB/state: another pratiqued is running with this directory" --run "$LAB/run2"
	[ "$(ls -li "$LAB/run" "$LAB/run/credentials/warden")" = "$before" ]
	pq status
	run ! grep role-ended "$LAB/agent.log"
}

@test "an address that is taken is said before anything is prepared" {
	lab_agent
	stops "listen: $HTTP: Address already in use" --run "$LAB/run2" \
		--state "$LAB/state2"
	run find "$LAB/run2" "$LAB/state2" -name '*.sock' -o -name web-github
	[ "$output" = "" ]
}

@test "a directory that is somebody else's is refused as it is" {
	mkdir -p "$LAB/precious" "$LAB/run/credentials"
	touch "$LAB/precious/file"
	ln -s "$LAB/precious" "$LAB/run/credentials/deploy"
	chown 12345 "$LAB/run/credentials"
	stops "$LAB/run: credentials: it must belong to uid 0"
	chown 12345 "$LAB/run"
	stops "$LAB/run: it must belong to uid 0"
	chown -R root "$LAB/run"
	stops "$LAB/run: credentials: deploy: "
	[ "$(stat -c '%U %a' "$LAB/precious")" = "root 755" ]
	[ -e "$LAB/precious/file" ]
	rm -r "$LAB/run"
	ln -s "$LAB/precious" "$LAB/run"
	stops "$LAB/run: "
	[ "$(ls "$LAB/precious")" = file ]
}

@test "no directory that was there is opened to more users" {
	mkdir -m 1777 "$LAB/run"
	stops "$LAB/run: it must belong to uid 0"
	[ "$(stat -c %a "$LAB/run")" = 1777 ]
	chmod 755 "$LAB/run"
	mkdir -m 700 "$LAB/state"
	stops "cannot enter $LAB/state (mode 0700)"
	[ "$(stat -c %a "$LAB/state")" = 700 ]
	chmod 711 "$LAB/state"
	mkdir -m 700 "$LAB/run/credentials"
	stops "$LAB/run: credentials: the roles cannot enter it (mode 0700)"
	[ "$(stat -c %a "$LAB/run/credentials")" = 700 ]
	chmod 711 "$LAB/run/credentials"
	lab_agent
	[ "$(stat -c %a "$LAB/state")" = 711 ]
}

@test "what is made is as it must be, whatever the umask" {
	(umask 077 && lab_agent)
	for dir in run run/credentials state; do
		[ "$(stat -c %a "$LAB/$dir")" = 755 ]
	done
}

deploy_groups() { awk '/^Groups:/ { print $2 }' "/proc/$(role deploy)/status"; }

deploy_has_group() { [ "$(deploy_groups)" = "$1" ]; }

engine() { # GID: a socket as an engine leaves it
	rm -f "$LAB/docker.sock"
	python3 -c 'import os, socket, sys
os.umask(0o777)
socket.socket(socket.AF_UNIX).bind(sys.argv[1])
os.chown(sys.argv[1], 0, int(sys.argv[2]))
os.chmod(sys.argv[1], 0o660)' "$LAB/docker.sock" "$1"
}

@test "deploy is given the group of a socket that comes, or changes, later" {
	lab_agent
	lab_wait 60 role deploy
	[ "$(deploy_groups)" = "" ]
	engine 4321
	lab_wait 60 deploy_has_group 4321
	engine 4322
	lab_wait 60 deploy_has_group 4322
	# one that is gone is no reason to end what is under way
	rm "$LAB/docker.sock"
	pid=$(role deploy)
	lab_role_again intake
	[ "$(role deploy)" = "$pid" ]
	[ "$(grep -c "role-ended role=deploy" "$LAB/agent.log")" = 2 ]
}

@test "the state follows a role to another uid" {
	lab_agent
	pq hold web -m "kept"
	ln "$LAB/etc/pratique.yaml" "$LAB/state/warden/link"
	mkfifo "$LAB/state/warden/fifo"
	touch "$LAB/state/warden/roots"
	chown 58500 "$LAB/state/warden/fifo"
	lab_agent_again --uid-base 58600
	[ "$(pq status --json | jq -r '.services[0].hold')" = kept ]
	[ "$(stat -c '%u %g' "$LAB/state/warden/ledger.db")" = "58600 58600" ]
	# but only the old owner's own files
	[ "$(stat -c %u "$LAB/etc/pratique.yaml")" = 0 ]
	[ "$(stat -c %u "$LAB/state/warden/roots")" = 0 ]
	[ "$(stat -c %u "$LAB/state/warden/fifo")" = 58500 ]
}

@test "no role is run as a user that is somebody else" {
	nobody=$(id -u nobody)
	stops "intake: uid $nobody belongs to the user nobody" --uid-base $((nobody - 1))
}

@test "a stop, also by a hangup, leaves no secret and no socket" {
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

@test "who ignores a hangup keeps ignoring it" {
	(trap '' HUP && lab_agent)
	kill -HUP "$(lab_agent_pid)"
	lab_role_again intake
	pq status
}

at_door() { ss -Htn "$@" "sport = :${HTTP##*:}"; }

# The caller's bytes were read, and it is still connected.
is_heard() { at_door state established | awk '$1 == 0 { n++ } END { exit n != 1 }'; }

is_free() { is_heard && [ -z "$(at_door -l)" ]; }

@test "a killed agent is followed at once, though a caller hangs on" {
	lab_agent
	exec 7<>"/dev/tcp/${HTTP%:*}/${HTTP##*:}"
	printf 'POST /hooks/web HTTP/1.1\r\nHost: x\r\n%s\r\n%s\r\n\r\n{' \
		'Content-Type: application/json' 'Content-Length: 100' >&7
	lab_wait 60 is_heard
	kill -9 "$(lab_agent_pid)"
	lab_wait 60 is_free
	lab_agent
	exec 7>&-
}

@test "few descriptors suffice" {
	(ulimit -n 64 && lab_agent)
	run ! grep role-ended "$LAB/agent.log"
}

@test "why a role cannot be run is said" {
	mkdir "$LAB/bin"
	ln -s "$LAB_BIN"/pratique-* "$LAB/bin"
	rm "$LAB/bin/pratique-verify"
	echo rubbish >"$LAB/bin/pratique-verify"
	chmod 755 "$LAB/bin/pratique-verify"
	lab_agent --bin "$LAB/bin"
	lab_wait 60 grep "role-not-run role=verify reason=\"$LAB/bin/pratique-verify: Exec format error" \
		"$LAB/agent.log"
}

@test "no role reads what pratiqued was given as its input" {
	"$LAB_BIN/pratiqued" --config "$LAB/etc" --state "$LAB/state" \
		--run "$LAB/run" <"$secret" >"$LAB/agent.log" 2>&1 3>&- &
	lab_agent_is $!
	lab_wait 60 lab_ready
	for name in warden intake fetch verify deploy; do
		[ "$(readlink "/proc/$(role "$name")/fd/0")" = /dev/null ]
	done
}
