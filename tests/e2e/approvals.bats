#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What operators agree to: nothing goes on without as many of them as the
# policy demands.

load ../lab/bats

ALICE=58510 STRANGER=58511
id= # of the last release

setup_file() {
	lab_host 1s
	sed -i 's/approvals: 0/approvals: 2/' "$LAB/etc/services.d/web.yaml"
	echo "  alice: {uid: $ALICE}" >>"$LAB/etc/pratique.yaml"
	lab_first 1.0.0
	lab_agent
}

as() { # UID ARGUMENT...
	lab_as "$1" --run "$LAB/run" --config "$LAB/etc" "${@:2}"
}

have() { # COUNT: approvals that count, of two
	pq status | grep -q "approvals: $1 of 2" &&
		[ "$(pq show "$id" --json | jq .releases[0].approvals)" = "$1" ]
}

@test "a release waits until as many operators as the policy demands approve" {
	release 1.1.0
	lab_wait 60 have 0
	pq approve "$id" -m "read the changes"
	have 1
	# nobody counts twice
	pq approve "$id" -m "once more"
	have 1
	as "$ALICE" status # the way is open to her
	run as "$STRANGER" approve "$id" -m "me too"
	[ "$status" -eq 3 ]
	[[ "$output" == *"Permission denied: uid $STRANGER is not an operator in pratique.yaml"* ]]
	have 1
	lab_in_state "$id" quarantined
	[ "$(lab_version)" = 1.0.0 ]
	as "$ALICE" approve "$id" -m "tried it"
	lab_wait 60 lab_in_state "$id" live
	[ "$(lab_version)" = 1.1.0 ]
	[ "$(pq show "$id" --json | jq -r '[.findings[].findings[] |
		select(.check == "approvals.quorum")][-1].status')" = pass ]
	# who approved, and with which words, stays on record
	pq show "$id" | grep "alice .*release.approved.*tried it"
	pq show "$id" --json | jq -e '[.events[] | select(.actor == "alice" and
		(.detail | contains("tried it")))] | length == 1'
}

@test "an approval is of one policy: another asks anew" {
	release 1.2.0
	lab_wait 60 have 0
	pq approve "$id" -m "under the old policy"
	have 1
	sed -i 's/health: 120s/health: 121s/' "$LAB/etc/services.d/web.yaml"
	lab_agent_again
	lab_wait 60 have 0
	pq approve "$id" -m "under the new one"
	as "$ALICE" approve "$id" -m "so do I"
	lab_wait 60 lab_in_state "$id" live
	[ "$(lab_version)" = 1.2.0 ]
}
