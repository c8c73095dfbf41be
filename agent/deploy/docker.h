/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_DEPLOY_DOCKER_H
#define AGENT_DEPLOY_DOCKER_H

#include <jansson.h>

#include <pratique/bytes.h>
#include <pratique/err.h>

/*
 * The table of all requests that this program can send to the Docker daemon.
 * The path of each request comes from this table, and each parameter is
 * checked against a grammar before it is put into the path.
 *
 * SHAPE(NAME, method, path, first, second, seconds)
 * path    - each %s is a parameter
 * first   - grammar of the first parameter: ID (64 hex digits of a container),
 *           NAME (of a container), REF (repository@digest), DIGEST (an image
 *           id), ANY (id or name of a container), NET (name of a network), or
 *           NONE; see <pratique/names.h>
 * second  - grammar of the second parameter
 * seconds - time limit of the request
 */
#define PQ_DOCKER_SHAPES(SHAPE)                                              \
	SHAPE(PING, "GET", "/_ping", NONE, NONE, 10)                         \
	SHAPE(INFO, "GET", "/info", NONE, NONE, 30)                          \
	SHAPE(IMAGE, "GET", "/images/%s/json", REF, NONE, 30)                \
	SHAPE(IMAGE_ID, "GET", "/images/%s/json", DIGEST, NONE, 30)          \
	SHAPE(PULL, "POST", "/images/create?fromImage=%s", REF, NONE, 1800)  \
	SHAPE(INSPECT, "GET", "/containers/%s/json", ANY, NONE, 30)          \
	SHAPE(CREATE, "POST", "/containers/create?name=%s", NAME, NONE, 60)  \
	SHAPE(RENAME, "POST", "/containers/%s/rename?name=%s", ID, NAME, 30) \
	SHAPE(START, "POST", "/containers/%s/start", ID, NONE, 60)           \
	SHAPE(STOP, "POST", "/containers/%s/stop", ID, NONE, 180)            \
	SHAPE(REMOVE, "DELETE", "/containers/%s", ID, NONE, 60)              \
	SHAPE(LOGS, "GET", "/containers/%s/logs?stdout=1&stderr=1&tail=60",  \
	    ID, NONE, 30)                                                    \
	SHAPE(CONNECT, "POST", "/networks/%s/connect", NET, NONE, 30)        \
	SHAPE(FORGET, "DELETE", "/images/%s", REF, NONE, 60)

enum pq_docker_shape {
#define SHAPE(NAME, method, path, first, second, seconds) PQ_DOCKER_##NAME,
	PQ_DOCKER_SHAPES(SHAPE)
#undef SHAPE
	    PQ_DOCKER_COUNT
};

#define PQ_DOCKER_ANSWER_MAX (4u << 20)

struct pq_docker;

struct pq_docker_answer {
	long status;
	struct pq_buf body;
};

/*
 * pq_docker_open() - create a client; it connects with the first request
 * @socket: path of the UNIX socket
 * Return:  0; -PQ_ELIMIT (the path is too long for a socket); -PQ_ENOMEM
 */
int pq_docker_open(
    struct pq_docker **ret, const char *socket, struct pq_err *err);
void pq_docker_close(struct pq_docker *d);
/*
 * pq_docker_auth() - make the header that gives a registry credential to the
 *                    daemon
 * @ret:    initialised by the callee; pq_buf_wipe() it; empty without a secret
 * @server: host[:port] of the registry
 * @secret: "user:password", or empty
 * Return:  0; -PQ_EFORMAT (no colon, not UTF-8, or no memory for the JSON);
 *          -PQ_ELIMIT; -PQ_ENOMEM
 */
int pq_docker_auth(
    struct pq_buf *ret, const char *server, struct pq_slice secret);
/*
 * pq_docker_credential() - set the header of all later pulls
 * @auth: from pq_docker_auth(), borrowed; NULL or empty: pulls are anonymous
 */
void pq_docker_credential(struct pq_docker *d, struct pq_buf *auth);
/*
 * pq_docker_watch() - set a function that can end a request while it runs
 * @watch: called about once per second, and whenever bytes arrive; returns true
 *         to end the request; NULL: requests are not watched
 */
void pq_docker_watch(struct pq_docker *d, bool (*watch)(void *ctx), void *ctx);

/*
 * pq_docker_call() - send one request of the table and receive its answer
 * @body:  JSON of a POST, borrowed; may be NULL
 * @ret:   initialised by the callee; the caller frees ret->body
 * Return: 0 the daemon answered, read ret->status; 1 the watch ended the
 *         request; -PQ_EFORMAT (a parameter does not match its grammar);
 *         -PQ_ENET; -PQ_ETIMEOUT; -PQ_ELIMIT (the answer is too long);
 *         -PQ_EUNSUPPORTED (no common API version); -PQ_ENOMEM
 */
int pq_docker_call(struct pq_docker *d, enum pq_docker_shape shape,
    const char *first, const char *second, json_t *body,
    struct pq_docker_answer *ret, struct pq_err *err);
/*
 * pq_docker_json() - send one request and parse its answer as JSON
 * @ret:   untouched unless 0 is returned; json_decref() it
 * Return: as pq_docker_call(); -PQ_EABSENT for status 404; -PQ_ENET for any
 *         other status than 200; -PQ_EFORMAT also if the body is not JSON
 */
int pq_docker_json(struct pq_docker *d, enum pq_docker_shape shape,
    const char *first, json_t **ret, struct pq_err *err);
/*
 * pq_docker_path() - write the path of a request
 * This function is public for tests of the grammar.
 * Return: 0; -PQ_EFORMAT (a parameter does not match its grammar); a fault
 */
int pq_docker_path(char dst[1024], enum pq_docker_shape shape,
    const char *first, const char *second);
/* Return the negotiated version such as "1.41"; "" before the first call. */
const char *pq_docker_version(const struct pq_docker *d);

#endif
