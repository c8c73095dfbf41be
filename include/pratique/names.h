/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRATIQUE_NAMES_H
#define PRATIQUE_NAMES_H

#include <pratique/bytes.h>
#include <pratique/err.h>

/*
 * Every kind of name, each with one grammar and one limit. Most processes of
 * the agent check the same names. If one of them accepted fewer names than
 * check-config, check-config would accept a service that can never be deployed.
 *
 * X_MAX is the limit in bytes. X_TEXT is the size of a buffer, with one byte
 * for the NUL. On failure @err gets the byte and the rule that it breaks: "byte
 * 1 is '_': a container's name begins with [A-Za-z0-9]".
 */

#define PQ_TAG_MAX 128
#define PQ_TAG_TEXT (PQ_TAG_MAX + 1)
/*
 * pq_name_tag() - check an image tag
 * @s:     borrowed, untrusted
 * @err:   gets the broken rule; may be NULL
 * Return: 0; -PQ_EFORMAT
 * Source: OCI distribution-spec, "Pulling manifests": <reference> as a tag
 */
int pq_name_tag(struct pq_slice s, struct pq_err *err);

/*
 * Git does not limit the length of a tag. With this limit a ref has at most 255
 * bytes, and NAME.lock is a valid file name in every file system.
 */
#define PQ_GIT_TAG_MAX 245
#define PQ_GIT_TAG_TEXT (PQ_GIT_TAG_MAX + 1)
#define PQ_GIT_TAGS "refs/tags/"
#define PQ_GIT_REF_MAX (sizeof(PQ_GIT_TAGS) - 1 + PQ_GIT_TAG_MAX)
#define PQ_GIT_REF_TEXT (PQ_GIT_REF_MAX + 1)
/*
 * pq_name_git_tag() - check a git tag: NAME of the ref refs/tags/NAME
 * This grammar is stricter than git's. A tag must be UTF-8 without control
 * characters, because messages and audit entries are text. A tag must not begin
 * with "-", because git-tag(1) refuses to create such a tag.
 * @s:     borrowed, untrusted
 * @err:   gets the broken rule; may be NULL
 * Return: 0; -PQ_EFORMAT
 * Source: git-check-ref-format(1), rules 1 and 3 to 10
 */
int pq_name_git_tag(struct pq_slice s, struct pq_err *err);

#define PQ_HOST_MAX (PQ_REPOSITORY_MAX - 2) /* the shortest path is "/a" */
#define PQ_HOST_TEXT (PQ_HOST_MAX + 1)
struct pq_host {
	struct pq_slice name; /* borrowed; includes the brackets of IPv6 */
	unsigned port;        /* 0: no port given */
};
/*
 * pq_name_host() - check host[:port]
 * The host is a name, an IPv4 address, or an IPv6 address in brackets without a
 * zone. It must be in lower case, because hosts are compared byte by byte.
 * @ret:   the two parts; the name points into @s. Untouched unless 0 is
 *         returned; may be NULL.
 * @s:     borrowed, untrusted
 * @err:   gets the broken rule; may be NULL
 * Return: 0; -PQ_EFORMAT
 * Source: RFC 1123 section 2.1; RFC 1035 section 2.3.4; RFC 3986 section 3.2.2
 */
int pq_name_host(struct pq_host *ret, struct pq_slice s, struct pq_err *err);

#define PQ_REPOSITORY_MAX 255
#define PQ_REPOSITORY_TEXT (PQ_REPOSITORY_MAX + 1)
/*
 * pq_name_repository() - check host[:port]/path, without tag and digest
 * pq_name_path()       - check the path of a repository, without host
 * The host must contain a dot or a port, or be "localhost". Otherwise Docker
 * reads it as a part of the path.
 * @s:     borrowed, untrusted
 * @err:   gets the broken rule; may be NULL
 * Return: 0; -PQ_EFORMAT
 * Source: OCI distribution-spec, "Pulling manifests": <name>, with its note on
 *         255 bytes; distribution/reference, regexp.go
 */
int pq_name_repository(struct pq_slice s, struct pq_err *err);
int pq_name_path(struct pq_slice s, struct pq_err *err);
/*
 * pq_name_shows_as_host() - decide whether Docker takes a text for a host
 * @first: the bytes before the first slash of a repository; borrowed
 * Return: true if it contains a dot or a colon or is "localhost"
 * Source: distribution/reference, normalize.go
 */
bool pq_name_shows_as_host(struct pq_slice first);

#define PQ_URL_MAX 2048
#define PQ_URL_TEXT (PQ_URL_MAX + 1)
#define PQ_GIT_URL_MAX 2000 /* then git appends a path and a query */
struct pq_url_parts {
	bool plain_http;
	struct pq_slice host, path; /* @path begins with '/' */
};
/*
 * pq_name_url() - check http[s]://host[:port]/path and split it
 * The path may contain a query. "\" and the characters that RFC 3986 excludes
 * are refused, because URL parsers disagree about them. The host is not
 * checked, because a server may send a URL with a host in upper case.
 * @ret:   untouched unless 0 is returned; its slices point into @url
 * @url:   borrowed, untrusted
 * @err:   gets the broken rule; may be NULL
 * Return: 0; -PQ_EFORMAT
 * Source: RFC 3986 section 3, with a stricter grammar
 */
int pq_name_url(
    struct pq_url_parts *ret, struct pq_slice url, struct pq_err *err);

#define PQ_SERVICE_MAX 63
#define PQ_SERVICE_TEXT (PQ_SERVICE_MAX + 1)
/*
 * pq_name_service() - check the name of a service
 * The name is a part of the webhook's address, a file name in services.d and
 * the value of a label. A DNS label is valid in each of these places.
 * @s:     borrowed, untrusted
 * @err:   gets the broken rule; may be NULL
 * Return: 0; -PQ_EFORMAT
 * Source: RFC 1123 section 2.1, in lower case
 */
int pq_name_service(struct pq_slice s, struct pq_err *err);

/* Docker has no limit. This limit keeps requests short. */
#define PQ_CONTAINER_MAX 128
#define PQ_CONTAINER_TEXT (PQ_CONTAINER_MAX + 1)
/*
 * pq_name_container() - check the name of a container
 * @s:     borrowed, untrusted
 * @err:   gets the broken rule; may be NULL
 * Return: 0; -PQ_EFORMAT
 * Source: moby, daemon/names/names.go: RestrictedNamePattern
 */
int pq_name_container(struct pq_slice s, struct pq_err *err);
#define PQ_CONTAINER_MARK ".pratique-"
#define PQ_CONTAINER_LONGEST_MARK \
	PQ_CONTAINER_MARK "failed-18446744073709551615"
#define PQ_CONTAINER_OWN_MAX \
	(PQ_CONTAINER_MAX - (sizeof(PQ_CONTAINER_LONGEST_MARK) - 1))
/*
 * pq_name_own_container() - check the name of a container that deploy replaces
 * During a replacement, deploy uses the names NAME.pratique-WHAT-ATTEMPT. So
 * NAME must be short enough for the suffix, and must not contain ".pratique-".
 * @s:     borrowed, untrusted
 * @err:   gets the broken rule; may be NULL
 * Return: 0; -PQ_EFORMAT
 * Source: moby, daemon/names/names.go: RestrictedNamePattern
 */
int pq_name_own_container(struct pq_slice s, struct pq_err *err);
#define PQ_CONTAINER_ID_MAX 64
#define PQ_CONTAINER_ID_TEXT (PQ_CONTAINER_ID_MAX + 1)
/*
 * pq_name_container_id() - check the daemon's id of a container: 64 hex digits
 * @s:     borrowed, untrusted
 * @err:   gets the broken rule; may be NULL
 * Return: 0; -PQ_EFORMAT
 * Source: moby, pkg/stringid
 */
int pq_name_container_id(struct pq_slice s, struct pq_err *err);

#define PQ_DELIVERY_MAX 128
#define PQ_DELIVERY_TEXT (PQ_DELIVERY_MAX + 1)
/*
 * pq_name_delivery() - check the delivery id of a callback
 * @s:     borrowed, untrusted
 * @err:   gets the broken rule; may be NULL
 * Return: 0; -PQ_EFORMAT
 * Source: RFC 9110 section 5.5: VCHAR; Standard Webhooks 1.0.0, "webhook-id"
 */
int pq_name_delivery(struct pq_slice s, struct pq_err *err);

#define PQ_OPERATOR_MAX 64
#define PQ_OPERATOR_TEXT (PQ_OPERATOR_MAX + 1)
#define PQ_PARTY_MAX 64
#define PQ_SECRET_NAME_MAX 64
/*
 * pq_name_operator() - check the name of an operator, who approves releases
 * pq_name_party()    - check the name of a party, who holds a key
 * pq_name_secret()   - check the name of a secret, which is its file name
 * @s:     borrowed, untrusted
 * @err:   gets the broken rule; may be NULL
 * Return: 0; -PQ_EFORMAT
 */
int pq_name_operator(struct pq_slice s, struct pq_err *err);
int pq_name_party(struct pq_slice s, struct pq_err *err);
int pq_name_secret(struct pq_slice s, struct pq_err *err);

#endif
