/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_DEPLOY_FAKEDAEMON_H
#define TESTS_UNIT_DEPLOY_FAKEDAEMON_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include <jansson.h>

/*
 * A fake Docker daemon, for faults that a real one does not show on demand. It
 * is a process that answers on a UNIX socket. It serves one connection at a
 * time and keeps each open, as the real daemon does.
 */
struct fake_request {
	char method[8];
	char path[1024]; /* with the version, "/v1.41/..." */
	char auth[1024]; /* X-Registry-Auth; "" if absent */
	json_t *body;    /* may be NULL */
};

/*
 * Answer a request on @fd. Return false to close the connection. @ctx must
 * point to shared memory.
 */
typedef bool fake_handler(void *ctx, int fd, const struct fake_request *r);

struct fake_daemon {
	char socket[64];
	pid_t pid;
};

void fake_daemon_start(
    struct fake_daemon *d, const char *dir, fake_handler *on, void *ctx);
void fake_daemon_stop(struct fake_daemon *d);
/* Return zeroed memory that both processes share. */
void *fake_daemon_shared(size_t size);

/* @version: value of the header Api-Version; NULL omits the header */
void fake_answer_as(
    int fd, int status, const char *version, const void *body, size_t n);
void fake_answer(int fd, int status, const char *body);

#endif
