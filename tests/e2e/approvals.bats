#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A release waits until as many operators have approved it as the policy
# requires.

load ../lab/bats

ALICE=58510 STRANGER=58511
id= # the id of the last release

setup_file() {
	lab_host 1s
	sed -i 's/approvals: 0/approvals: 2/' "$LAB/etc/services.d/web.yaml"
	echo "  alice: {uid: $ALICE}" >>"$LAB/etc/pratique.yaml"
	lab_first 1.0.0
	lab_agent
}

pq_as() { # UID ARGUMENT...
	lab_as "$1" --run "$LAB/run" --config "$LAB/etc" "${@:2}"
}

approvals_are() { # COUNT: of the two that the policy requires
	pq status | grep -q "approvals: $1 of 2" &&
		[ "$(pq show "$id" --json | jq .releases[0].approvals)" = "$1" ]
}

@test "a release goes live after the required number of operators approved it" {
	release 1.1.0
	lab_wait 60 approvals_are 0
	pq approve "$id" -m "read the changes"
	approvals_are 1
	# a second approval by the same operator does not count
	pq approve "$id" -m "once more"
	approvals_are 1
	pq_as "$ALICE" status # alice reaches the socket
	run pq_as "$STRANGER" approve "$id" -m "me too"
	[ "$status" -eq 3 ]
	[[ "$output" == *"Permission denied: uid $STRANGER is not an operator in pratique.yaml"* ]]
	approvals_are 1
	lab_in_state "$id" quarantined
	[ "$(lab_version)" = 1.0.0 ]
	pq_as "$ALICE" approve "$id" -m "tried it"
	lab_wait 60 lab_in_state "$id" live
	[ "$(lab_version)" = 1.1.0 ]
	[ "$(pq show "$id" --json | jq -r '[.findings[].findings[] |
		select(.check == "approvals.quorum")][-1].status')" = pass ]
	# the ledger keeps the operator and the message of each approval
	pq show "$id" | grep "alice .*release.approved.*tried it"
	pq show "$id" --json | jq -e '[.events[] | select(.actor == "alice" and
		(.detail | contains("tried it")))] | length == 1'
}

@test "a changed policy makes earlier approvals invalid" {
	release 1.2.0
	lab_wait 60 approvals_are 0
	pq approve "$id" -m "under the old policy"
	approvals_are 1
	sed -i 's/health: 120s/health: 121s/' "$LAB/etc/services.d/web.yaml"
	lab_agent_again
	lab_wait 60 approvals_are 0
	pq approve "$id" -m "under the new one"
	pq_as "$ALICE" approve "$id" -m "so do I"
	lab_wait 60 lab_in_state "$id" live
	[ "$(lab_version)" = 1.2.0 ]
}
