# SPDX-License-Identifier: Apache-2.0
# More servers for the lab: registries and git hosts with passwords, tokens and
# TLS, and servers that lie. Source this file after lab.sh. Each server below
# has several origins (localhost, 127.0.0.1 to 127.0.0.3), and the configuration
# gives each origin another password and another CA.
#
#   localhost:5001  registry, TLS, htpasswd       localhost:8443  git, TLS,
#   localhost:5003  registry, TLS, tokens                         password
#   localhost:5004  token server                  127.0.0.1:8082  git, v0 only
#   127.0.0.1:5010  the lying registry            127.0.0.1:8083  lying git
#   127.0.0.2:5012  a permitted target of redirects
#   127.0.0.1:5099  a forbidden target of redirects

SERVERS_DIR=$(dirname "${BASH_SOURCE[0]}")
PASSWORD=correct-horse

lab_listening() { (exec 3<>"/dev/tcp/${1%:*}/${1#*:}") 2>/dev/null; }

# Create a CA, a certificate by it for every name of this host, and another CA.
lab_ca() {
	local d=$LAB/ca
	mkdir -p "$d"
	for ca in ours theirs; do
		openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 \
			-nodes -days 2 -subj "/CN=$ca" -keyout "$d/$ca.key" \
			-out "$d/$ca.pem" 2>/dev/null
	done
	openssl req -newkey rsa:2048 -nodes -subj /CN=lab \
		-keyout "$d/lab.key" -out "$d/lab.csr" 2>/dev/null
	openssl x509 -req -in "$d/lab.csr" -CA "$d/ours.pem" -days 2 \
		-CAkey "$d/ours.key" -CAcreateserial -out "$d/lab.pem" \
		-extfile <(echo "subjectAltName=DNS:localhost,DNS:registry.example,IP:127.0.0.1,IP:127.0.0.2,IP:127.0.0.3") \
		2>/dev/null
}

lab_tls_registry() { # NAME PORT AUTH-YAML: serve the images of lab_registry
	cat >"$LAB/$1.yml" <<-EOF
		version: 0.1
		log: {level: error}
		storage: {filesystem: {rootdirectory: $LAB/registry}}
		http:
		  addr: 0.0.0.0:$2
		  tls: {certificate: $LAB/ca/lab.pem, key: $LAB/ca/lab.key}
		auth: $3
	EOF
	docker-registry serve "$LAB/$1.yml" >"$LAB/$1.log" 2>&1 3>&- &
	lab_started $!
	lab_wait 60 lab_listening "127.0.0.1:$2"
}

lab_basic_registry() {
	python3 -W ignore -c 'import crypt, sys; print("agent:" + crypt.crypt(
	    sys.argv[1], crypt.mksalt(crypt.METHOD_BLOWFISH, rounds=16)))' \
		"$PASSWORD" >"$LAB/htpasswd"
	lab_tls_registry basic 5001 \
		"{htpasswd: {realm: lab, path: $LAB/htpasswd}}"
}

lab_token_registry() {
	python3 "$SERVERS_DIR/tokend.py" 127.0.0.1:5004 "$LAB/ca/lab.pem" \
		"$LAB/ca/lab.key" lab-issuer "agent:$PASSWORD" \
		"$LAB/tokend.access" >"$LAB/tokend.log" 2>&1 3>&- &
	lab_started $!
	: >"$LAB/tokend.access"
	lab_tls_registry token 5003 "{token: {realm: https://localhost:5004/token,
  service: lab, issuer: lab-issuer, rootcertbundle: $LAB/ca/lab.pem}}"
	lab_wait 60 lab_listening 127.0.0.1:5004
}

lab_stub() {
	: >"$LAB/stub.access"
	python3 "$SERVERS_DIR/stub.py" "http://$REGISTRY" acme/web \
		"$LAB/stub.access" 127.0.0.1:5010 127.0.0.1:5011 127.0.0.2:5012 \
		127.0.0.1:5099 >"$LAB/stub.log" 2>&1 3>&- &
	lab_started $!
	lab_wait 60 lab_listening 127.0.0.1:5099
}

lab_git_port() { # PORT CGI MORE-CONFIGURATION: serve the repositories of lab_git
	cat >"$LAB/lighttpd-$1.conf" <<-EOF
		server.modules = ("mod_alias", "mod_cgi", "mod_auth", "mod_authn_file")
		server.document-root = "$LAB/git"
		server.bind = "127.0.0.1"
		server.port = $1
		server.errorlog = "$LAB/lighttpd.log"
		server.upload-dirs = ("$LAB")
		alias.url = ("/" => "$LAB/$2/")
		cgi.assign = ("$2" => "")
		$3
	EOF
	lighttpd -D -f "$LAB/lighttpd-$1.conf" >>"$LAB/lighttpd.log" 2>&1 3>&- &
	lab_started $!
	lab_wait 60 lab_listening "127.0.0.1:$1"
}

lab_private_git() {
	echo "agent:$PASSWORD" >"$LAB/git.password"
	lab_git_port 8081 git.cgi "auth.backend = \"plain\"
auth.backend.plain.userfile = \"$LAB/git.password\"
auth.require = (\"\" => (\"method\" => \"basic\", \"realm\" => \"git\",
	\"require\" => \"valid-user\"))"
	python3 "$SERVERS_DIR/relay.py" 0.0.0.0:8443 127.0.0.1:8081 \
		--tls "$LAB/ca/lab.pem" "$LAB/ca/lab.key" \
		>"$LAB/relay.log" 2>&1 3>&- &
	lab_started $!
	lab_wait 60 lab_listening 127.0.0.1:8443
}

# Start a git server behind a web server that drops the Git-Protocol header.
lab_old_git() {
	printf '#!/bin/sh\nunset HTTP_GIT_PROTOCOL\nexec %s\n' "$LAB/git.cgi" \
		>"$LAB/old.cgi"
	chmod 755 "$LAB/old.cgi"
	lab_git_port 8082 old.cgi ""
}

lab_lying_git() { # OTHER-COMMIT
	python3 "$SERVERS_DIR/gitstub.py" 127.0.0.1:8083 "$LAB/git/web.git" \
		"$1" >"$LAB/gitstub.log" 2>&1 3>&- &
	lab_started $!
	lab_wait 60 lab_listening 127.0.0.1:8083
}

# Write the configuration for all these servers, without services.
lab_servers_config() {
	local c=$LAB/etc
	mkdir -p "$c/secrets/fetch"
	cp "$LAB/ca/ours.pem" "$LAB/ca/theirs.pem" "$c/keys"
	cat >"$c/pratique.yaml" <<-EOF
		docker: unix://$LAB/docker.sock
		listen: $HTTP
		registries:
		  $REGISTRY: {plain-http: loopback-only}
		  localhost:5001: {ca: keys/ours.pem, credential: good}
		  127.0.0.1:5001: {ca: keys/ours.pem, credential: wrong}
		  127.0.0.2:5001: {ca: keys/theirs.pem, credential: good}
		  127.0.0.3:5001: {ca: keys/ours.pem}
		  localhost:5003: {ca: keys/ours.pem, credential: good, token-realm: "localhost:5004"}
		  127.0.0.1:5003: {ca: keys/ours.pem, credential: good}
		  127.0.0.2:5003: {ca: keys/ours.pem, credential: wrong, token-realm: "localhost:5004"}
		  127.0.0.1:5010: {plain-http: loopback-only, credential: good}
		  127.0.0.1:5011: {plain-http: loopback-only}
		  127.0.0.2:5012: {plain-http: loopback-only}
		  127.0.0.1:5098: {ca: keys/ours.pem}
		  registry.invalid: {}
		git:
		  $GITHOST: {plain-http: loopback-only}
		  localhost:8443: {ca: keys/ours.pem, credential: good}
		  127.0.0.1:8443: {ca: keys/ours.pem, credential: wrong}
		  127.0.0.2:8443: {ca: keys/theirs.pem, credential: good}
		  127.0.0.1:8082: {plain-http: loopback-only}
		  127.0.0.1:8083: {plain-http: loopback-only}
		operators:
		  root: {uid: 0}
	EOF
	printf 'agent:%s' "$PASSWORD" >"$c/secrets/fetch/good"
	printf 'agent:%s' hunter2-is-wrong >"$c/secrets/fetch/wrong"
	chmod 644 "$c/pratique.yaml" "$c"/keys/*
	chmod 400 "$c"/secrets/fetch/*
	cp -rp "$c/secrets/fetch" "$c/secrets/deploy"
	rm -f "$c"/services.d/*
}

lab_service() { # NAME IMAGE GIT-URL [PENDING] [TAG-TEMPLATE]
	local template='v{version}'
	template=${5:-$template}
	cat >"$LAB/etc/services.d/$1.yaml" <<-EOF
		service: $1
		image: $2
		signed-as: $REGISTRY/acme/web
		version-from: label
		callbacks:
		  - scheme: github
		    secrets: [web-github]
		source:
		  repository: $3
		  tag: "$template"
		  signers: {ssh: {file: keys/web.allowed_signers, party: release-manager}}
		require:
		  - image-signature: {cosign-key: keys/web-cosign.pub, party: ci}
		quarantine: {delay: 1h, pending: ${4:-1s}}
		deploy: {container: $1}
	EOF
	chmod 644 "$LAB/etc/services.d/$1.yaml"
}

# Print the release that a look opened or, without a release, the look itself.
lab_row() { # SERVICE TAG -> a JSON object
	pq list --service "$1" --json | jq -ec --arg t "$2" \
		'[.releases[] | select(.tag == $t and .state != "done")][0] // empty'
}

lab_became() { # SERVICE TAG STATE
	[ "$(lab_row "$1" "$2" | jq -r .state)" = "$3" ]
}
