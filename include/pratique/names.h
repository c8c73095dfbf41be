/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRATIQUE_NAMES_H
#define PRATIQUE_NAMES_H

#include <pratique/bytes.h>
#include <pratique/err.h>

/*
 * Every kind of name, each with one grammar and one limit. A name travels
 * through most of the roles, and a role that is narrower than the others makes
 * a service that check-config accepts and that can never be deployed.
 *
 * X_MAX is bytes, X_TEXT has room for the NUL. pq_name_X() returns 0, or
 * -PQ_EFORMAT with the broken rule and its byte in @err, which may be NULL:
 * "byte 1 is '_': a container's name begins with [A-Za-z0-9]".
 */

/* Source: OCI distribution-spec, "Pulling manifests": <reference> as a tag */
#define PQ_TAG_MAX 128
#define PQ_TAG_TEXT (PQ_TAG_MAX + 1)
int pq_name_tag(struct pq_slice s, struct pq_err *err);

/*
 * NAME of the ref refs/tags/NAME, narrowed: UTF-8 without control characters,
 * for messages and audit rows are text; no "-" in front, for git tag makes no
 * such tag. Git has no limit. With this one a ref has 255 bytes, and NAME.lock
 * is a file's name in every file system.
 * Source: git-check-ref-format(1), rules 1 and 3 to 10
 */
#define PQ_GIT_TAG_MAX 245
#define PQ_GIT_TAG_TEXT (PQ_GIT_TAG_MAX + 1)
#define PQ_GIT_TAGS "refs/tags/"
#define PQ_GIT_REF_MAX (sizeof(PQ_GIT_TAGS) - 1 + PQ_GIT_TAG_MAX)
#define PQ_GIT_REF_TEXT (PQ_GIT_REF_MAX + 1)
int pq_name_git_tag(struct pq_slice s, struct pq_err *err);

/*
 * host[:port] in lower case, for hosts are compared byte by byte: a name, an
 * IPv4 address, or an IPv6 address in brackets without a zone.
 * Source: RFC 1123 section 2.1; RFC 1035 section 2.3.4; RFC 3986 section 3.2.2
 */
#define PQ_HOST_MAX (PQ_REPOSITORY_MAX - 2) /* a path is behind it: "/a" */
#define PQ_HOST_TEXT (PQ_HOST_MAX + 1)
struct pq_host {
	struct pq_slice name; /* borrowed; an IPv6 address with its brackets */
	unsigned port;        /* 0: none is given */
};
/* @ret: untouched unless 0 is returned; may be NULL */
int pq_name_host(struct pq_host *ret, struct pq_slice s, struct pq_err *err);

/*
 * A repository: host[:port]/path, without tag and digest. The host has a dot,
 * a port, or is "localhost", or Docker reads it as the path's first part.
 * Source: OCI distribution-spec, "Pulling manifests": <name>, with its note on
 * 255 bytes; distribution/reference, regexp.go
 */
#define PQ_REPOSITORY_MAX 255
#define PQ_REPOSITORY_TEXT (PQ_REPOSITORY_MAX + 1)
int pq_name_repository(struct pq_slice s, struct pq_err *err);
/* its path alone, and the question whether a first part is a host */
int pq_name_path(struct pq_slice s, struct pq_err *err);
bool pq_name_shows_as_host(struct pq_slice first);

/*
 * http[s]://host[:port]/path, in two parts. The path may hold a query; "\"
 * and what RFC 3986 excludes are refused, for readers differ about them. The
 * host is not looked at: one of a server's answer may be in upper case.
 * Source: RFC 3986 section 3, narrowed
 */
#define PQ_URL_MAX 2048
#define PQ_URL_TEXT (PQ_URL_MAX + 1)
#define PQ_GIT_URL_MAX 2000 /* git's own questions come behind it */
struct pq_url_parts {
	bool plain_http;
	struct pq_slice host, path; /* borrowed; @path begins with '/' */
};
/* @ret: untouched unless 0 is returned */
int pq_name_url(
    struct pq_url_parts *ret, struct pq_slice url, struct pq_err *err);

/*
 * A service, ours: part of a webhook's address, a file of services.d, and a
 * label's value. A label of DNS fits into all of these.
 * Source: RFC 1123 section 2.1, in lower case
 */
#define PQ_SERVICE_MAX 63
#define PQ_SERVICE_TEXT (PQ_SERVICE_MAX + 1)
int pq_name_service(struct pq_slice s, struct pq_err *err);

/*
 * A container. Docker has no limit; ours keeps requests short.
 * Source: moby, daemon/names/names.go: RestrictedNamePattern
 */
#define PQ_CONTAINER_MAX 128
#define PQ_CONTAINER_TEXT (PQ_CONTAINER_MAX + 1)
int pq_name_container(struct pq_slice s, struct pq_err *err);
/*
 * A container that deploy replaces. While it does, there are containers called
 * NAME.pratique-WHAT-ATTEMPT, so NAME leaves room for that and is none of them.
 */
#define PQ_CONTAINER_MARK ".pratique-"
#define PQ_CONTAINER_LONGEST_MARK \
	PQ_CONTAINER_MARK "failed-18446744073709551615"
#define PQ_CONTAINER_OWN_MAX \
	(PQ_CONTAINER_MAX - (sizeof(PQ_CONTAINER_LONGEST_MARK) - 1))
int pq_name_own_container(struct pq_slice s, struct pq_err *err);
/* The daemon's id of a container: 64 hex digits. Source: moby, pkg/stringid */
#define PQ_CONTAINER_ID_MAX 64
#define PQ_CONTAINER_ID_TEXT (PQ_CONTAINER_ID_MAX + 1)
int pq_name_container_id(struct pq_slice s, struct pq_err *err);

/* Source: RFC 9110 section 5.5: VCHAR; Standard Webhooks 1.0.0, "webhook-id" */
#define PQ_DELIVERY_MAX 128
#define PQ_DELIVERY_TEXT (PQ_DELIVERY_MAX + 1)
int pq_name_delivery(struct pq_slice s, struct pq_err *err);

/* Ours: who approves, who holds a key, and the file of a secret. */
#define PQ_OPERATOR_MAX 64
#define PQ_OPERATOR_TEXT (PQ_OPERATOR_MAX + 1)
int pq_name_operator(struct pq_slice s, struct pq_err *err);
#define PQ_PARTY_MAX 64
int pq_name_party(struct pq_slice s, struct pq_err *err);
#define PQ_SECRET_NAME_MAX 64
int pq_name_secret(struct pq_slice s, struct pq_err *err);

#endif
