# SPDX-License-Identifier: Apache-2.0
# The lab: a private registry, a git server and (on request) a Docker engine.
# The tests and the demo source this file. All servers keep their files below
# one directory and listen on loopback of the current network namespace.
# lab_down ends all processes that lab_* started.
#
#   LAB         directory of this lab; lab_up creates it
#   LAB_BIN     directory of the programs under test
#   LAB_COSIGN  path of the real cosign, or empty if this machine has none. A
#               script then makes the same signatures with openssl;
#               LAB_SIGNER=openssl always uses that script

umask 022 # the roles run as other users and read these files

REGISTRY=127.0.0.1:5000
GITHOST=127.0.0.1:8080
HTTP=127.0.0.1:9099

lab_started() { echo "$1" >>"$LAB/pids"; }

lab_wait() { # SECONDS COMMAND...: repeat the command until it succeeds
	local until=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$SECONDS" -lt "$until" ] || return 1
		sleep 0.1
	done
}

lab_registry() {
	mkdir -p "$LAB/registry"
	cat >"$LAB/registry.yml" <<-EOF
		version: 0.1
		log: {level: error}
		storage: {filesystem: {rootdirectory: $LAB/registry}, delete: {enabled: true}}
		http: {addr: $REGISTRY}
	EOF
	docker-registry serve "$LAB/registry.yml" \
		>"$LAB/registry.log" 2>&1 3>&- &
	lab_started $!
	lab_wait 60 curl -sf "http://$REGISTRY/v2/"
}

lab_git() {
	mkdir -p "$LAB/git"
	cat >"$LAB/git.cgi" <<-EOF
		#!/bin/sh
		GIT_PROJECT_ROOT=$LAB/git GIT_HTTP_EXPORT_ALL=1
		GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory
		GIT_CONFIG_VALUE_0=* GIT_PROTOCOL=\$HTTP_GIT_PROTOCOL
		REMOTE_USER=lab
		export GIT_PROJECT_ROOT GIT_HTTP_EXPORT_ALL GIT_CONFIG_COUNT
		export GIT_CONFIG_KEY_0 GIT_CONFIG_VALUE_0 GIT_PROTOCOL REMOTE_USER
		exec git http-backend
	EOF
	chmod 755 "$LAB/git.cgi"
	cat >"$LAB/lighttpd.conf" <<-EOF
		server.modules = ("mod_alias", "mod_cgi")
		server.document-root = "$LAB/git"
		server.bind = "${GITHOST%:*}"
		server.port = ${GITHOST#*:}
		server.errorlog = "$LAB/lighttpd.log"
		server.upload-dirs = ("$LAB")
		alias.url = ("/" => "$LAB/git.cgi/")
		cgi.assign = ("git.cgi" => "")
	EOF
	lighttpd -D -f "$LAB/lighttpd.conf" >>"$LAB/lighttpd.log" \
		2>&1 3>&- &
	lab_started $!
	git init -q --bare "$LAB/git/web.git"
	git -C "$LAB/git/web.git" config uploadpack.allowFilter true
	git -C "$LAB/git/web.git" config http.receivepack true
	lab_wait 60 git ls-remote "http://$GITHOST/web.git"
}

lab_keys() {
	mkdir -p "$LAB/keys"
	ssh-keygen -q -t ed25519 -N '' -C release -f "$LAB/keys/release"
	ssh-keygen -q -t ed25519 -N '' -C mallory -f "$LAB/keys/mallory"
	for k in cosign other; do
		openssl ecparam -name prime256v1 -genkey -noout |
			openssl pkcs8 -topk8 -nocrypt -out "$LAB/keys/$k.key"
		openssl pkey -in "$LAB/keys/$k.key" -pubout -out "$LAB/keys/$k.pub"
	done
	lab_signing_tools
	git init -q -b main "$LAB/src"
	git -C "$LAB/src" config user.name Release
	git -C "$LAB/src" config user.email release@example.com
	git -C "$LAB/src" config gpg.format ssh
	git -C "$LAB/src" config user.signingkey "$LAB/keys/release.pub"
	git -C "$LAB/src" remote add origin "http://$GITHOST/web.git"
}

lab_commit() { # VERSION -> prints the commit
	echo "$1" >"$LAB/src/version"
	git -C "$LAB/src" add version
	git -C "$LAB/src" commit -q -m "version $1"
	git -C "$LAB/src" push -q origin main
	git -C "$LAB/src" rev-parse HEAD
}

# LAB_TAG replaces the prefix "v" of the tag's name.
lab_tag() { # VERSION [KEY]: sign a tag on HEAD and push it
	local tag=${LAB_TAG:-v}$1
	git -C "$LAB/src" -c user.signingkey="$LAB/keys/${2:-release}.pub" \
		tag -s "$tag" -m "version $1"
	git -C "$LAB/src" push -q origin "$tag"
}

lab_push() { python3 "$(dirname "${BASH_SOURCE[0]}")/push.py" "$@"; }

# Push an image of a config, one layer and a manifest.
lab_image() { # VERSION COMMIT -> prints the digest
	lab_push image "http://$REGISTRY" acme/web "$1" "$2"
}

# Point a tag at another manifest, as the registry account can.
lab_retag() { # DIGEST TAG [REPOSITORY]
	local url=http://$REGISTRY/v2/${3:-acme/web}/manifests type
	local accept=application/vnd.docker.distribution.manifest.v2+json
	accept=$accept,application/vnd.oci.image.manifest.v1+json
	accept=$accept,application/vnd.oci.image.index.v1+json
	curl -sf -H "Accept: $accept" -D "$LAB/head" -o "$LAB/body" "$url/$1" &&
		type=$(sed -n 's/^content-type: *//Ip' "$LAB/head" | tr -d '\r') &&
		curl -sf -X PUT -H "Content-Type: $type" \
			--data-binary @"$LAB/body" "$url/$2"
}

# Convert the keys to cosign's own encrypted format, and write a configuration
# that uses no transparency log. Use only a cosign that was downloaded before:
# a lab has no network beyond loopback.
lab_signing_tools() {
	local k
	LAB_COSIGN=
	export LAB_COSIGN
	[ "${LAB_SIGNER:-cosign}" = cosign ] || return 0
	LAB_COSIGN=$("$(dirname "${BASH_SOURCE[0]}")/signing-tools.sh" \
		--cached 2>/dev/null) || return 0
	for k in cosign other; do
		lab_cosign import-key-pair -y --key "$LAB/keys/$k.key" \
			--output-key-prefix "$LAB/keys/$k-cosign" || return
	done
	lab_cosign signing-config create --out "$LAB/keys/no-log.json"
}

lab_cosign() { COSIGN_PASSWORD=lab "$LAB_COSIGN" "$@" >>"$LAB/cosign.log" 2>&1; }

lab_signer() { [ -n "$LAB_COSIGN" ] && echo cosign || echo openssl; }

# Sign an image. FORM legacy makes cosign's tag sha256-....sig. FORM bundle makes
# a Sigstore bundle v0.3 as a referrer; the registry of Debian 12 has no
# referrers API, so the fallback tag lists it. A second signature adds to the
# first.
lab_sign() { # DIGEST [KEY] [FORM] [REPOSITORY]
	local key=$LAB/keys/${2:-cosign} form=${3:-legacy} to=${4:-acme/web} how
	case $form in
	legacy) how='--new-bundle-format=false --use-signing-config=false
		--tlog-upload=false' ;;
	bundle) how="--signing-config=$LAB/keys/no-log.json" ;;
	*) return 2 ;;
	esac
	if [ "$(lab_signer)" = cosign ]; then
		lab_cosign sign -y $how --key "$key-cosign.key" \
			--allow-http-registry "$REGISTRY/$to@$1"
	else
		lab_push "$form" "http://$REGISTRY" "$to" "$1" "$key.key"
	fi
}

# Sign a statement about the build's provenance. It is not a signature of the
# image: carrier, key and digest are the same, but the predicate type differs.
lab_attest() { # DIGEST [KEY]
	local key=$LAB/keys/${2:-cosign}
	if [ "$(lab_signer)" = cosign ]; then
		echo '{"buildDefinition": {"buildType": "https://example.com/b",
			"externalParameters": {}}, "runDetails": {"builder":
			{"id": "https://example.com/builder"}}}' >"$LAB/slsa.json"
		lab_cosign attest -y --type slsaprovenance1 \
			--predicate "$LAB/slsa.json" --key "$key-cosign.key" \
			--signing-config="$LAB/keys/no-log.json" \
			--allow-http-registry "$REGISTRY/acme/web@$1"
	else
		lab_push bundle "http://$REGISTRY" acme/web "$1" "$key.key" \
			https://slsa.dev/provenance/v1
	fi
}

# LAB_FLOOR is the floor of the policy. If it is empty, the policy has no floor.
lab_floor_line() {
	local floor=${LAB_FLOOR-0.1.0}
	[ -z "$floor" ] || echo "floor: $floor"
}

# DELAY is the quarantine. PENDING is the deadline for missing evidence; tests
# set it short only if they wait for the deadline.
lab_config() { # DELAY [PENDING]
	local c=$LAB/etc
	mkdir -p "$c/services.d" "$c/keys" "$c/secrets/warden"
	chmod 755 "$c" "$c/services.d" "$c/keys"
	cat >"$c/pratique.yaml" <<-EOF
		docker: unix://$LAB/docker.sock
		listen: $HTTP
		registries:
		  $REGISTRY: {plain-http: loopback-only}
		git:
		  $GITHOST: {plain-http: loopback-only}
		operators:
		  root: {uid: 0}
	EOF
	cat >"$c/services.d/web.yaml" <<-EOF
		service: web
		image: $REGISTRY/acme/web
		version-from: label
		$(lab_floor_line)
		track: "*"
		callbacks:
		  - scheme: github
		    secrets: [web-github]
		source:
		  repository: http://$GITHOST/web.git
		  tag: "v{version}"
		  signers: {ssh: {file: keys/web.allowed_signers, party: release-manager}}
		require:
		  - image-signature: {cosign-key: keys/web-cosign.pub, party: ci}
		quarantine: {delay: ${1:-2s}, approvals: 0, pending: ${2:-10m}}
		deploy:
		  container: web
		  health: 120s
	EOF
	printf 'release@example.com namespaces="git" %s\n' \
		"$(cut -d' ' -f1,2 "$LAB/keys/release.pub")" \
		>"$c/keys/web.allowed_signers"
	cp "$LAB/keys/cosign.pub" "$c/keys/web-cosign.pub"
	openssl rand -hex 24 >"$c/secrets/warden/web-github"
	chmod 644 "$c/pratique.yaml" "$c/services.d/web.yaml" "$c"/keys/*
	chmod 400 "$c/secrets/warden/web-github"
}

lab_agent() { # [OPTION...]
	"$LAB_BIN/pratiqued" --config "$LAB/etc" --state "$LAB/state" \
		--run "$LAB/run" "$@" >>"$LAB/agent.log" 2>&1 3>&- &
	lab_agent_is $!
	lab_wait 60 lab_ready
}

lab_agent_is() { # PID: record it for lab_agent_pid
	lab_started "$1"
	echo "$1" >"$LAB/agent.pid"
}

lab_agent_pid() { cat "$LAB/agent.pid"; }

lab_ready() { curl -sf -m 10 "http://$HTTP/readyz"; }

# Change the deadline for missing evidence, for later releases.
lab_pending() { # TIME
	local web=$LAB/etc/services.d/web.yaml
	grep -q "pending: $1}" "$web" && return
	sed -i "s/pending: [0-9a-z]*/pending: $1/" "$web"
	lab_agent_again
}

# Restart the agent.
# shellcheck disable=SC2120 # a test passes options
lab_agent_again() { # [OPTION...]
	local agent
	agent=$(lab_agent_pid)
	kill "$agent"
	lab_wait 60 lab_gone "$agent" && lab_agent "$@"
}

# Set up a directory, keys and a configuration, without any server.
lab_bare() {
	ip link set lo up
	LAB=$(mktemp -d /tmp/pratique-lab.XXXXXX)
	chmod 755 "$LAB"
	export LAB HOME=$LAB
	mkdir "$LAB/keys"
	touch "$LAB/pids"
	ssh-keygen -q -t ed25519 -N '' -f "$LAB/keys/release"
	openssl ecparam -name prime256v1 -genkey -noout |
		openssl pkey -pubout -out "$LAB/keys/cosign.pub" 2>/dev/null
	lab_config 2s
}

lab_up() {
	ip link set lo up
	LAB=$(mktemp -d /tmp/pratique-lab.XXXXXX)
	chmod 755 "$LAB"
	export LAB HOME=$LAB
	lab_registry && lab_git && lab_keys
}

# Fail if the log has a report of a sanitizer. The supervisor restarts a role
# that a sanitizer ended, and the job is retried, so only the log shows the
# report. Leaks are searched in unit tests only: confined roles cannot do it.
lab_sanitized() {
	[ ! -e "$LAB/agent.log" ] || ! grep -E \
		'ERROR: (Address|Leak)Sanitizer|runtime error:' "$LAB/agent.log"
}

# End all processes that lab_* started. Fail if the agent did not end on
# SIGTERM, or if a sanitizer reported an error.
lab_down() {
	local p name bad=0
	[ -n "${LAB:-}" ] && [ -d "$LAB" ] || return 0
	# newest first: the agent ends before the servers that it uses
	for p in $(tac "$LAB/pids"); do
		name=$(cat "/proc/$p/comm" 2>/dev/null) || continue # it has ended
		kill "$p" 2>/dev/null || continue
		lab_wait 60 lab_gone "$p" && continue
		[ "$name" != pratiqued ] || bad=1
		echo "$name: still running 60 s after SIGTERM: killed" >&2
		kill -9 "$p" 2>/dev/null || continue
	done
	lab_sanitized >&2 || bad=1
	# a killed engine leaves the shims of its containers and their mounts
	pkill -9 -f -- "$LAB/docker-exec" || true
	awk -v d="$LAB/" 'index($2, d) == 1 { print $2 }' /proc/mounts |
		tac | xargs -r umount -l
	rm -rf "$LAB"
	return "$bad"
}

# A zombie counts as gone: its parent may not have called wait yet.
lab_gone() { # PID
	! kill -0 "$1" 2>/dev/null || grep -q '^State:.Z' "/proc/$1/status"
}

lab_role() { # NAME: print the pid of the role
	pgrep -P "$(lab_agent_pid)" -f "^$LAB_BIN/pratique-$1 "
}

lab_role_not() { # NAME PID: the role runs, with a pid other than PID
	local pid
	pid=$(lab_role "$1") && [ "$pid" != "$2" ]
}

# Kill a role and wait for its successor. The supervisor has then gone through
# its poll loop at least once.
lab_role_again() { # NAME
	local pid
	lab_wait 60 lab_role "$1"
	pid=$(lab_role "$1")
	kill -9 "$pid"
	lab_wait 60 lab_role_not "$1" "$pid"
}

pq() { "$LAB_BIN/pratique" --run "$LAB/run" --config "$LAB/etc" "$@"; }

# Run the command as another user, from a copy: the user may not be able to
# enter the build directory.
lab_as() { # UID ARGUMENT...
	local uid=$1
	shift
	cp "$LAB_BIN/pratique" "$LAB/pratique"
	setpriv --reuid="$uid" --regid="$uid" --clear-groups "$LAB/pratique" "$@"
}

# Send a callback as CI does.
lab_send() { # TAG [DIGEST COMMIT]
	pq send web --image "$REGISTRY/acme/web:$1" ${2:+--digest "$2"} \
		${3:+--commit "$3"} --secret-file "$LAB/etc/secrets/warden/web-github" \
		--url "http://$HTTP"
}

# Print the id of the newest release or look of an image tag; fail if there is
# none.
lab_id() { # TAG [KIND]
	pq list --json | jq -er --arg t "$1" --arg k "${2:-release}" \
		'[.releases[] | select(.tag == $t and .kind == $k)][0].id'
}

lab_in_state() { # ID STATE
	[ "$(pq show "$1" --json | jq -r '.releases[0].state')" = "$2" ]
}

# Print the reason of a failed or pending check of a release. A check may have
# several findings.
lab_reason() { # ID CHECK
	pq show "$1" --json | jq -r --arg c "$2" \
		'[.findings[].findings[] | select(.check == $c)] |
		([.[] | select(.status != "pass")][-1] // .[-1]).reason'
}
