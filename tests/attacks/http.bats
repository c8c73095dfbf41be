#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Hostile HTTP against intake, directly and through Debian's nginx. The benign
# twins are the requests of the corpus that both must accept.

setup() {
	. "$BATS_TEST_DIRNAME/../lab/lab.sh"
	. "$BATS_TEST_DIRNAME/../lab/proxy.sh"
	export LAB_BIN=$PQ_BIN
	lab_bare
	# the agent reads each callback to the end and asks no registry
	sed -i 's/^track: .*/track: "none-*"/' "$LAB/etc/services.d/web.yaml"
	lab_agent
}

teardown() { lab_down; }

stored_bodies() { # print the SHA-256 of each stored callback
	python3 -c 'import sqlite3, sys
for row in sqlite3.connect(sys.argv[1]).execute(
    "SELECT lower(hex(body_hash)) FROM callbacks ORDER BY 1"):
    print(row[0])' "$LAB/state/warden/ledger.db"
}

@test "intake and a proxy agree on each request of a corpus" {
	lab_proxy
	python3 "$BATS_TEST_DIRNAME/http_corpus.py" "$HTTP" "$PROXY" \
		"$LAB/etc/secrets/warden/web-github" "$LAB/accepted"
	kill "$(lab_agent_pid)"
	lab_wait 60 lab_gone "$(lab_agent_pid)"
	# no request of the corpus put another callback into the ledger
	stored_bodies | diff "$LAB/accepted" -
}
