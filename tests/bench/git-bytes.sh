#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Count the bytes that the agent fetches for one signed tag of a repository with
# many commits. The peer is git clone --bare. A relay between server and client
# counts the TCP payload, without TLS.
#
#   tests/bench/git-bytes.sh [COMMITS]     (default 10000; needs a built tree)
set -eu
cd "$(dirname "$0")/../.."
if [ -z "${PQ_IN_NETNS:-}" ]; then
	PQ_IN_NETNS=1 exec unshare --net "$0" "$@"
fi
COMMITS=${1:-10000}
LAB_BIN=${PQ_BIN:-$PWD/build/dev/bin}
. tests/lab/lab.sh
. tests/lab/servers.sh
trap lab_down EXIT

print_commits() { # print a stream for git fast-import: each commit changes one file
	local i
	for ((i = 1; i <= COMMITS; i++)); do
		printf 'commit refs/heads/main\nmark :%d\n' "$i"
		printf 'committer R <r@example.com> %d +0000\n' $((1700000000 + i))
		printf 'data <<E\nchange %d\nE\n' "$i"
		printf 'M 644 inline d%d/f%d\ndata <<E\n%s\nE\n\n' \
			$((i % 50)) $((i % 997)) "$i $RANDOM $RANDOM $RANDOM"
	done
}

counted_bytes() { # PORT: print the bytes that the relay on this port has counted
	awk '{ n += $1 } END { print n + 0 }' "$LAB/count.$1"
}

start_relay() { # PORT
	: >"$LAB/count.$1"
	python3 tests/lab/relay.py "127.0.0.1:$1" "$GITHOST" \
		--count "$LAB/count.$1" >"$LAB/relay.log" 2>&1 &
	lab_started $!
	lab_wait 10 lab_listening "127.0.0.1:$1"
}

# The relay counts a connection when it closes. The agent's child keeps its
# connection open until it ends, so the agent must end before the count.
stop_agent() {
	local p
	p=$(tail -n 1 "$LAB/pids")
	kill "$p"
	lab_wait 20 lab_gone "$p"
	sleep 1
}

measure_bytes() { # filter|whole: print the bytes
	git -C "$LAB/git/web.git" config uploadpack.allowFilter \
		"$([ "$1" = filter ] && echo true || echo false)"
	: >"$LAB/count.8090"
	rm -rf "$LAB/state" "$LAB/run"
	lab_agent
	pq look web --name 1.0.0 >/dev/null
	lab_wait 60 lab_became web 1.0.0 quarantined
	stop_agent
	counted_bytes 8090
}

lab_up
print_commits | git -C "$LAB/git/web.git" fast-import --quiet
git -C "$LAB/src" pull -q origin main 2>/dev/null
commit=$(lab_commit 1.0.0)
lab_tag 1.0.0
lab_sign "$(lab_image 1.0.0 "$commit")" >/dev/null
git -C "$LAB/git/web.git" repack -adq
start_relay 8090
start_relay 8091
lab_config 1h
sed -i 's/127.0.0.1:8080/127.0.0.1:8090/' "$LAB/etc/pratique.yaml" \
	"$LAB/etc/services.d/web.yaml"

filtered=$(measure_bytes filter)
whole=$(measure_bytes whole)
git clone -q --bare http://127.0.0.1:8091/web.git "$LAB/clone"
sleep 1
clone=$(counted_bytes 8091)

echo "commits                         $COMMITS"
echo "git clone --bare                $clone bytes"
echo "one tag, server can filter      $filtered bytes (1/$((clone / filtered)))"
echo "one tag, server cannot filter   $whole bytes (1/$((clone / whole)))"
[ "$filtered" -le 65536 ] || {
	echo "one tag, server can filter: over the target of 65536 bytes"
	exit 1
}
