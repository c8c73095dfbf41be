/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_DEPLOY_DOCKER_H
#define AGENT_DEPLOY_DOCKER_H

#include <jansson.h>

#include <pratique/bytes.h>
#include <pratique/err.h>

/*
 * Every request that this program can make of the Docker daemon. There is no
 * way to make another: the path comes from this table, and what is put into
 * it is held to a grammar first.
 *
 * SHAPE(NAME, method, path, first, second, seconds) - %s are the parameters:
 * ID a container's 64 hex digits, NAME a container's name, REF repository@
 * digest, DIGEST an image id, ANY an id or a name, NET a network's name, NONE;
 * the grammars are those of <pratique/names.h>
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

/* @socket: path of the UNIX socket; opens nothing yet */
int pq_docker_open(
    struct pq_docker **ret, const char *socket, struct pq_err *err);
void pq_docker_close(struct pq_docker *d);
/*
 * pq_docker_auth() - the header by which a daemon learns a registry credential
 * @ret:    initialised by the callee; wipe it
 * @server: host[:port] of the registry
 * @secret: "user:password"; empty: none, and @ret is empty
 * Return:  0; -PQ_EFORMAT (no colon, not UTF-8, or no memory to see it);
 *          -PQ_ELIMIT; -PQ_ENOMEM
 */
int pq_docker_auth(
    struct pq_buf *ret, const char *server, struct pq_slice secret);
/* what later pulls carry: @auth borrowed; NULL or empty: anonymous */
void pq_docker_credential(struct pq_docker *d, struct pq_buf *auth);
/* asked while a request takes its time; true ends it. @watch NULL: nobody */
void pq_docker_watch(struct pq_docker *d, bool (*watch)(void *ctx), void *ctx);

/*
 * pq_docker_call() - make one request of the table
 * @body: JSON of a POST, borrowed; NULL: none
 * @ret:  initialised by the callee; free its body
 * Return: 0 the daemon answered, read ret->status; 1 the watch ended it;
 *         -PQ_EFORMAT a parameter is not of its grammar; -PQ_ENET;
 *         -PQ_ETIMEOUT; -PQ_ELIMIT
 */
int pq_docker_call(struct pq_docker *d, enum pq_docker_shape shape,
    const char *first, const char *second, json_t *body,
    struct pq_docker_answer *ret, struct pq_err *err);
/* the same, and the body as JSON; PQ_EABSENT for 404 */
int pq_docker_json(struct pq_docker *d, enum pq_docker_shape shape,
    const char *first, json_t **ret, struct pq_err *err);
/* the path of a request, for the tests of the grammar; 0 or -PQ_EFORMAT */
int pq_docker_path(char dst[1024], enum pq_docker_shape shape,
    const char *first, const char *second);
/* negotiated version such as "1.41", "" before the first call */
const char *pq_docker_version(const struct pq_docker *d);

#endif
