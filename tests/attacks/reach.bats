#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The reach of fetch. A process of fetch that an attacker has taken over, a name
# server that lies and a pack that costs much time get no further than their own
# origin. Each attack has a benign twin.

load_lab() {
	. "$BATS_TEST_DIRNAME/../lab/lab.sh"
	. "$BATS_TEST_DIRNAME/../lab/servers.sh"
}

ORDINARY=10.9.8.7

setup_file() {
	load_lab
	LAB_BIN=$PQ_BIN
	export LAB LAB_BIN
	lab_up
	ip address add "$ORDINARY/32" dev lo
	echo "127.0.0.1 localhost" >"$LAB/hosts"
	mount --bind "$LAB/hosts" "$(realpath /etc/hosts)"
	echo "nameserver 127.0.0.1" >"$LAB/resolv.conf"
	mount --bind "$LAB/resolv.conf" "$(realpath /etc/resolv.conf)"
	: >"$LAB/names"
	python3 "$BATS_TEST_DIRNAME/../lab/names.py" "$LAB/names" \
		>"$LAB/names.log" 3>&- &
	lab_started $!
	lab_wait 60 grep ready "$LAB/names.log"
	lab_ca
	lab_basic_registry
	python3 "$BATS_TEST_DIRNAME/../lab/sink.py" 5097 >"$LAB/sink" 3>&- &
	lab_started $!
	lab_wait 60 grep ready "$LAB/sink"
	commit=$(lab_commit 1.0.0)
	lab_tag 1.0.0
	lab_sign "$(lab_image 1.0.0 "$commit")" >/dev/null
	lab_lying_git "$commit"
	lab_config 1h
	lab_servers_config
	sed -i 's|^git:|  registry.example:5001: {ca: keys/ours.pem, credential: good}\
  registry.example:5097: {ca: keys/ours.pem, credential: good}\
git:|' "$LAB/etc/pratique.yaml"
	write_services
	lab_agent
}

teardown_file() {
	load_lab
	umount "$(realpath /etc/hosts)" "$(realpath /etc/resolv.conf)"
	lab_down
}

setup() { load_lab; }

write_services() {
	local git=http://$GITHOST/web.git
	lab_service plain "$REGISTRY/acme/web" "$git"
	lab_service named registry.example:5001/acme/web "$git"
	lab_service sink registry.example:5097/acme/web "$git"
	lab_service bomb "$REGISTRY/acme/web" http://127.0.0.1:8083/bomb.git
}

name_is() { # ADDRESS: let registry.example have this address
	echo "$1 registry.example" >"$LAB/hosts"
}

dns_says() { # ADDRESS [tcp]: let the name server answer
	: >"$LAB/hosts"
	echo "$@" >"$LAB/names"
}

finding() { # SERVICE: print the status and the reason of its registry
	pq doctor "$1" --json | jq -r '.findings[] |
		select(.check == "fetch.registry") | "\(.status): \(.reason)"'
}

passes() { # SERVICE
	pq look "$1" --name 1.0.0 >/dev/null
	lab_wait 120 lab_became "$1" 1.0.0 quarantined || {
		lab_row "$1" 1.0.0
		return 1
	}
}

# ---- names -------------------------------------------------------------------

@test "a name that resolves to this host or its link gets no connection" {
	local address
	while read -r address kind; do
		name_is "$address"
		run finding sink
		[[ "$output" == "fail: "*"registry.example:5097 resolves to a forbidden address ($kind)"*"pratique.yaml"* ]] || {
			echo "$address: $output"
			return 1
		}
	done <<-EOF
		127.0.0.1 loopback
		127.9.9.9 loopback
		::1 loopback
		::ffff:127.0.0.1 loopback
		0.0.0.0 unspecified
		:: unspecified
		169.254.169.254 link-local
		fe80::1 link-local
		224.0.0.1 multicast
		64:ff9b::7f00:1 loopback
	EOF
	dns_says 127.0.0.1
	run finding sink
	[[ "$output" == *"forbidden address (loopback)"* ]]
	dns_says 169.254.169.254 tcp
	run finding sink
	[[ "$output" == *"forbidden address (link-local)"* ]]
	[ "$(grep -c reached "$LAB/sink")" = 0 ]
}

@test "benign twin: the same name with an ordinary address passes" {
	name_is "$ORDINARY"
	passes named
	finding sink
	[ "$(grep -c "reached $ORDINARY" "$LAB/sink")" = 1 ]
	dns_says "$ORDINARY"
	finding sink
	[ "$(grep -c "reached $ORDINARY" "$LAB/sink")" = 2 ]
	dns_says "$ORDINARY" tcp
	finding sink
	[ "$(grep -c "reached $ORDINARY" "$LAB/sink")" = 3 ]
}

@test "benign twin: loopback is contacted where the configuration names it" {
	passes plain
}

# ---- a process that was taken over -------------------------------------------

# The processes of fetch begin in the order of pratique.yaml.
PLAIN=1 SINK=3

attack() { # N HEX: send it to the N-th connector; print the answer
	python3 "$BATS_TEST_DIRNAME/../lab/borrow.py" "$(lab_role fetch)" "$@"
}

@test "a connector refuses an index outside its list, and fetch starts again" {
	local fetch packet
	for packet in ff 21 0000 00ff00ff7f00000100; do
		fetch=$(lab_role fetch)
		run attack $SINK "$packet"
		[ "$status" -eq 0 ]
		[ "$output" = end ]
		grep -q "asked for a place outside its list" "$LAB/agent.log"
		# its own child finds the connector gone
		run finding sink
		[[ "$output" == *"the process that connects has ended"* ]]
		lab_wait 120 lab_role_not fetch "$fetch"
		lab_wait 60 finding sink
	done
	passes plain
}

@test "benign twin: an index of the list gets a socket to that origin" {
	run attack $PLAIN 00
	[ "$status" -eq 0 ]
	[[ "$output" == *"connected to $REGISTRY"* ]] || {
		echo "$output"
		return 1
	}
}

@test "each process of fetch is confined, and no errand adds one" {
	local p fetch
	fetch=$(lab_role fetch)
	passes plain
	for p in $(pgrep -P "$fetch"); do
		grep -q '^Seccomp:.2' "/proc/$p/status"
		grep -q '^NoNewPrivs:.1' "/proc/$p/status"
	done
	# three for each git host, two for each registry
	[ "$(pgrep -c -P "$fetch")" = $((2 * 3 + 3 * 2)) ]
}

# ---- a pack that costs seconds -------------------------------------------------

@test "a pack that inflates to gigabytes is bounded, and other origins go on" {
	local start=$SECONDS
	pq look bomb --name 1.0.0 >/dev/null
	lab_wait 60 grep "pack-not-read" "$LAB/agent.log" &
	passes plain
	echo "# the release of another git host passed after $((SECONDS - start)) s" >&3
	wait $!
	lab_wait 120 lab_became bomb 1.0.0 refused || {
		lab_row bomb 1.0.0
		return 1
	}
	echo "# the bomb was refused after $((SECONDS - start)) s" >&3
	[[ "$(lab_row bomb 1.0.0 | jq -r .reason)" == *"the pack takes too much processor time"* ]]
}

@test "no attack has ended more than the processes that it took over" {
	[ "$(grep -c "fetch: ready" "$LAB/agent.log")" = 5 ]
}
