/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_CONFIG_CONFIG_H
#define AGENT_CONFIG_CONFIG_H

#include <sys/types.h>

#include <pratique/callback.h>
#include <pratique/policy.h>

#include "config/notes.h"

/* registries and git hosts together; fetch has a process for each one */
#define PQ_CONFIG_ORIGINS 32

/* Everything is owned by struct pq_config, strings are NUL terminated. */

/* A file as it was when it was read: nobody opens it a second time. */
struct pq_config_file {
	char *name; /* as it was given; relative to the directory */
	uint8_t *data;
	size_t n;
};

struct pq_config_registry {
	char *origin;      /* "registry.example.com" or "127.0.0.1:5000" */
	char *credential;  /* name of "user:password" secret, NULL: anonymous */
	bool plain_http;   /* only for loopback addresses */
	char *token_realm; /* origin allowed as bearer realm; NULL: itself */
	struct pq_config_file ca; /* PEM; no bytes: the system's */
	unsigned credential_line;
};

struct pq_config_git {
	char *origin; /* host[:port] */
	char *credential;
	bool plain_http; /* only for loopback addresses */
	struct pq_config_file ca;
	unsigned credential_line;
};

struct pq_config_operator {
	char *name;
	uid_t uid;
};

struct pq_config_endpoint {
	enum pq_scheme scheme;
	char *header;   /* name for the scheme's "named" one; NULL: its own */
	char **secrets; /* names; at least one */
	size_t n_secrets;
	unsigned line; /* of the secrets */
	unsigned header_line;
};

/* Which key of deploy: names the thing that is deployed to. */
enum pq_target_kind {
	PQ_TARGET_NONE = 0, /* nothing can be deployed */
	PQ_TARGET_CONTAINER,
	PQ_TARGETS
};

/* "container": the key, and the word for it in messages */
const char *pq_target_key(enum pq_target_kind k);

enum pq_order { PQ_ORDER_STOP_FIRST = 0, PQ_ORDER_START_FIRST };
enum pq_posture { PQ_POSTURE_ENFORCE = 0, PQ_POSTURE_WARN };

/* What of a container's settings can give away the host. */
enum pq_exposure {
	PQ_EXPOSURE_PRIVILEGED = 0,
	PQ_EXPOSURE_HOST_NETWORK,
	PQ_EXPOSURE_HOST_PID,
	PQ_EXPOSURE_HOST_IPC,
	PQ_EXPOSURE_HOST_USERNS,
	PQ_EXPOSURE_HOST_UTS,
	PQ_EXPOSURE_CAP_ADD,
	PQ_EXPOSURE_DEVICES,
	PQ_EXPOSURE_DEVICE_RULES,
	PQ_EXPOSURE_DEVICE_REQUESTS,
	PQ_EXPOSURE_UNCONFINED,
	PQ_EXPOSURE_SYSTEM_PATHS,
	PQ_EXPOSURE_HOST_MOUNT,
	PQ_EXPOSURE_NO_MEMORY_LIMIT,
	PQ_EXPOSURE_NO_PIDS_LIMIT,
	PQ_EXPOSURES
};

/* "host-network"; as posture-allow and the findings name it */
const char *pq_exposure_name(enum pq_exposure e);

struct pq_config_service {
	struct pq_policy *policy;
	struct pq_config_endpoint *endpoints;
	size_t n_endpoints;
	uint64_t delay_s;   /* quarantine.delay */
	unsigned approvals; /* quarantine.approvals */
	uint64_t pending_s; /* deadline of pending findings, default 1 h */
	enum pq_target_kind target;
	char *target_name; /* deploy.container, or the like */
	enum pq_order order;
	uint64_t health_s; /* deploy.health, default 60 s */
	enum pq_posture posture;
	uint32_t posture_allow; /* deploy.posture-allow: 1 << pq_exposure */
	unsigned keep;          /* deploy.keep, default 3 */
	char *accept_alone;     /* reason, or NULL */
	char *floor;            /* nothing older; NULL: none in the policy */
	char *floor_instead_of; /* remembered version that @floor replaces */
	char **deny;            /* digests that are never deployed */
	size_t n_deny;
	/* where the service's file says so, 0: nowhere */
	struct pq_config_lines {
		unsigned image, version_from, floor, repository, delay,
		    approvals, target, accept_alone;
	} lines;
	/* the exact files behind the policy hash, for the evidence */
	struct pq_config_file *files;
	size_t n_files;
};

/*
 * Roles read the files when they start, and one that had to be started anew may
 * have read others: what it cannot judge by them is neither good nor bad.
 */
#define PQ_CONFIG_CHANGED "the configuration has changed: restart pratiqued"

struct pq_config {
	char *dir;
	char *docker; /* "unix:///run/docker.sock" */
	char *listen; /* "127.0.0.1:9099" */
	struct pq_config_registry *registries;
	size_t n_registries;
	struct pq_config_git *git;
	size_t n_git;
	struct pq_config_operator *operators;
	size_t n_operators;
	struct pq_config_service *services;
	size_t n_services;
};

/*
 * pq_config_check_keys() - are the key files that the services name what they
 * should be? The roles that use a key parse it anew; this is for whoever wants
 * to know before one is needed. Mistakes and warnings go to @notes.
 */
void pq_config_check_keys(
    const struct pq_config *c, struct pq_config_notes *notes);
/*
 * pq_config_check_secrets() - is each secret there that a role will read, and
 * such that it can be of use? Mistakes go to @notes.
 * @must: that one may not be examined, or that no secrets lie here, is a
 *        mistake, too; else a warning that says so
 */
void pq_config_check_secrets(
    const struct pq_config *c, bool must, struct pq_config_notes *notes);
/* empties it: on some ways out of a load it is freed again */
void pq_config_file_free(struct pq_config_file *f);
void pq_config_service_free(struct pq_config_service *s);
void pq_config_free(struct pq_config *c);

const struct pq_config_service *pq_config_service(
    const struct pq_config *c, struct pq_slice name);
/* registry of "host[:port]/repo"; NULL when the configuration has none */
const struct pq_config_registry *pq_config_registry(
    const struct pq_config *c, const char *image);
const struct pq_config_git *pq_config_git(
    const struct pq_config *c, const char *url);

/* is a host[:port] on this machine by its very name? */
bool pq_config_loopback(struct pq_slice origin);

/*
 * pq_config_secret() - read a named secret for @role from
 * $CREDENTIALS_DIRECTORY/NAME, else DIR/secrets/ROLE/NAME
 * What it must be: config/secret.h; anything else is a fault.
 * @ret: initialised by the callee; pq_buf_wipe() it
 */
int pq_config_secret(struct pq_buf *ret, const struct pq_config *c,
    const char *role, const char *name, struct pq_err *err);

#endif
