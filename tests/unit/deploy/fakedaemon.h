/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_DEPLOY_FAKEDAEMON_H
#define TESTS_UNIT_DEPLOY_FAKEDAEMON_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include <jansson.h>

/*
 * A Docker daemon for the faults that the real one cannot be made to show: a
 * process that answers on a UNIX socket, one connection after the other, and
 * keeps each open as the real one does.
 */
struct fake_request {
	char method[8];
	char path[1024]; /* with the version, "/v1.41/..." */
	char auth[1024]; /* X-Registry-Auth, "" when there is none */
	json_t *body;    /* NULL: none */
};

/* Answers on @fd; false: hang up. What @ctx holds must be shared memory. */
typedef bool fake_handler(void *ctx, int fd, const struct fake_request *r);

struct fake_daemon {
	char socket[64];
	pid_t pid;
};

void fake_daemon_start(
    struct fake_daemon *d, const char *dir, fake_handler *on, void *ctx);
void fake_daemon_stop(struct fake_daemon *d);
/* memory that both processes see, all zero */
void *fake_daemon_shared(size_t size);

/* @version: of Api-Version, NULL: no such header */
void fake_answer_as(
    int fd, int status, const char *version, const void *body, size_t n);
void fake_answer(int fd, int status, const char *body);

#endif
