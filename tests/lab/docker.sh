# SPDX-License-Identifier: Apache-2.0
# A private Docker engine and real images. Source it after lab.sh.
#
#   DOCKER_HOST  URL of the engine's socket, for the docker command

export DOCKER_HOST=unix://$LAB/docker.sock
export DOCKER_CONFIG=$LAB/docker-config

# Use Debian's client, even if PATH has a newer one.
lab_docker_client() { /usr/bin/docker "$@"; }

# containerd is a separate process and outlives dockerd, as under systemd.
lab_containerd() {
	mkdir -p "$LAB/docker-exec"
	containerd --config /dev/null --root "$LAB/containerd" \
		--state "$LAB/docker-exec/containerd" \
		--address "$LAB/docker-exec/containerd.sock" \
		>"$LAB/containerd.log" 2>&1 3>&- &
	lab_started $!
	lab_wait 60 test -S "$LAB/docker-exec/containerd.sock"
}

lab_dockerd() {
	dockerd --data-root "$LAB/docker" --exec-root "$LAB/docker-exec" \
		--containerd "$LAB/docker-exec/containerd.sock" \
		--host "$DOCKER_HOST" --pidfile "$LAB/docker.pid" \
		--group "$(lab_docker_group)" \
		>>"$LAB/docker.log" 2>&1 3>&- &
	lab_started $!
	lab_wait 60 lab_docker_client info || {
		tail -n 20 "$LAB/docker.log" >&2
		return 1
	}
}

# Start the engine in this network namespace.
lab_docker() { lab_containerd && lab_dockerd; }

# The group of the engine's socket. Members of the group can use the socket;
# deploy gets this group only.
lab_docker_group() { getent group docker >/dev/null && echo docker || echo daemon; }

# Build a static web server with a healthcheck. HEALTH: good, bad (always
# unhealthy), exit (prints an error and ends at once), none (no healthcheck).
lab_app_build() { # TAG VERSION COMMIT [HEALTH]
	local dir=$LAB/app run='["/bin/httpd", "-f", "-p", "8000", "-h", "/www"]'
	local check='HEALTHCHECK --interval=1s --timeout=60s --retries=9 CMD ["/bin/wget", "-q", "-O", "-", "http://127.0.0.1:8000/version"]'
	mkdir -p "$dir"
	cp /bin/busybox "$dir/busybox"
	echo "$2" >"$dir/version"
	case ${4:-good} in
	bad) check='HEALTHCHECK --interval=1s --timeout=60s --retries=2 CMD ["/bin/false"]' ;;
	exit) run='["/bin/wget", "-O", "-", "http://127.0.0.1:1/"]' ;;
	none) check='' ;;
	esac
	cat >"$dir/Dockerfile" <<-EOF
		FROM scratch
		COPY busybox /bin/httpd
		COPY busybox /bin/wget
		COPY busybox /bin/false
		COPY version /www/version
		$check
		LABEL org.opencontainers.image.revision=$3
		LABEL org.opencontainers.image.version=$2${LAB_LABEL:+ $LAB_LABEL}
		ENV APP_VERSION=$2
		STOPSIGNAL SIGKILL
		CMD $run
	EOF
	DOCKER_BUILDKIT=0 lab_docker_client build -q -t "$1" "$dir" >/dev/null
}

# Build the web server, push it with the engine's own client, print its digest.
# LAB_LABEL adds a label; LAB_REPOSITORY replaces the repository acme/web.
lab_app() { # VERSION COMMIT [HEALTH]
	local ref=$REGISTRY/${LAB_REPOSITORY:-acme/web}:$1
	lab_app_build "$ref" "$@" &&
		lab_docker_client push -q "$ref" >/dev/null &&
		lab_docker_client inspect -f '{{index .RepoDigests 0}}' "$ref" |
		sed 's/.*@//' &&
		lab_docker_client rmi -f "$ref" >/dev/null
}

# Create the container as an operator would, with a good posture.
lab_container() { # [OPTION...] IMAGE
	lab_docker_client pull -q "${!#}" >/dev/null || return 1
	lab_docker_client run -d --name web --memory 64m --pids-limit 64 \
		--cap-drop ALL --env MODE=production --label team=web \
		--restart unless-stopped "$@" >/dev/null
}

# Ask the running container for its version.
lab_version() {
	lab_docker_client exec web /bin/wget -q -O - http://127.0.0.1:8000/version
}

lab_image_of() { # CONTAINER
	lab_docker_client inspect -f '{{.Config.Image}}' "$1"
}

# Start the first version by hand: pratique only replaces existing containers.
lab_first() { # VERSION [OPTION...]
	local version=$1 digest
	shift
	digest=$(lab_app "$version" "$(lab_commit "$version")") &&
		lab_container "$@" "$REGISTRY/acme/web@$digest"
}
