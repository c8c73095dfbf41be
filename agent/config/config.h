/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_CONFIG_CONFIG_H
#define AGENT_CONFIG_CONFIG_H

#include <sys/types.h>

#include <pratique/callback.h>
#include <pratique/policy.h>

#include "config/notes.h"

/* most registries and git hosts together; each has its own fetch process */
#define PQ_CONFIG_ORIGINS 32

/* struct pq_config owns all members. Strings are NUL terminated. */

/*
 * A file and its content. The file is read only once, so nobody can replace it
 * between the check and the use.
 */
struct pq_config_file {
	char *name; /* as the configuration gives it */
	uint8_t *data;
	size_t n;
};

struct pq_config_registry {
	char *origin;      /* "registry.example.com" or "127.0.0.1:5000" */
	char *credential;  /* name of a "user:password" secret; NULL: none */
	bool plain_http;   /* only for loopback addresses */
	char *token_realm; /* permitted bearer realm; NULL: origin */
	struct pq_config_file ca; /* PEM; n 0: the CAs of the system */
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
	char *header;   /* the signature header; NULL: that of the scheme */
	char **secrets; /* names of secrets; at least one */
	size_t n_secrets;
	unsigned line; /* of the key "secrets" */
	unsigned header_line;
};

/* The kinds of deployment target. */
enum pq_target_kind {
	PQ_TARGET_NONE = 0, /* no deployment is possible */
	PQ_TARGET_CONTAINER,
	PQ_TARGETS
};

/* Return the key of a target under deploy:, such as "container". */
const char *pq_target_key(enum pq_target_kind k);

enum pq_order { PQ_ORDER_STOP_FIRST = 0, PQ_ORDER_START_FIRST };
enum pq_posture { PQ_POSTURE_ENFORCE = 0, PQ_POSTURE_WARN };

/* Settings that let a container control or overload the host. */
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

/* Return the name in posture-allow and findings, such as "host-network". */
const char *pq_exposure_name(enum pq_exposure e);

struct pq_config_service {
	struct pq_policy *policy;
	struct pq_config_endpoint *endpoints;
	size_t n_endpoints;
	uint64_t delay_s;   /* quarantine.delay */
	unsigned approvals; /* quarantine.approvals */
	uint64_t pending_s; /* quarantine.pending, default 1 h */
	enum pq_target_kind target;
	char *target_name; /* deploy.container */
	enum pq_order order;
	uint64_t health_s; /* deploy.health, default 60 s */
	enum pq_posture posture;
	uint32_t posture_allow; /* deploy.posture-allow: 1 << pq_exposure */
	unsigned keep;          /* deploy.keep, default 3 */
	char *accept_alone;     /* the reason, or NULL */
	char *floor;            /* the lowest version; NULL: not given */
	char *floor_instead_of; /* recorded version that floor replaces */
	char **deny;            /* digests that are never deployed */
	size_t n_deny;
	/* lines of the keys in the service's file; 0: the key is missing */
	struct pq_config_lines {
		unsigned image, version_from, floor, repository, delay,
		    approvals, target, accept_alone;
	} lines;
	/*
	 * files[0] is the service's file, and the others are its key files. The
	 * policy hash covers all of them.
	 */
	struct pq_config_file *files;
	size_t n_files;
};

/*
 * The reason for the outcome "not examined" after a change of the
 * configuration. Each role reads the configuration when it starts. If one role
 * was restarted alone, its configuration may be newer than that of the other
 * roles, and it does not examine the release.
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
 * pq_config_check_keys() - parse each key file that a service names
 * The roles parse the keys again when they use them. This function reports an
 * error before the first release needs the key.
 * @notes: gets the errors and warnings
 */
void pq_config_check_keys(
    const struct pq_config *c, struct pq_config_notes *notes);
/*
 * pq_config_check_secrets() - read each secret that a role will need
 * @must:  true: each secret that the caller may not read is an error. False:
 *         all of them together are one warning.
 * @notes: gets the errors and warnings
 */
void pq_config_check_secrets(
    const struct pq_config *c, bool must, struct pq_config_notes *notes);
/*
 * pq_config_free() also frees @c. The other two functions free the members, and
 * set them to 0, so a second call does nothing.
 */
void pq_config_file_free(struct pq_config_file *f);
void pq_config_service_free(struct pq_config_service *s);
void pq_config_free(struct pq_config *c);

/* Return the service with this name, borrowed, or NULL. */
const struct pq_config_service *pq_config_service(
    const struct pq_config *c, struct pq_slice name);
/* Return the host[:port] of an image or a URL. It points into @s. */
struct pq_slice pq_config_origin(const char *s);
/* Return the entry of @c for the host of @image or @url, borrowed, or NULL. */
const struct pq_config_registry *pq_config_registry(
    const struct pq_config *c, const char *image);
const struct pq_config_git *pq_config_git(
    const struct pq_config *c, const char *url);

/* Return true if the host[:port] is localhost, [::1] or in 127.0.0.0/8. */
bool pq_config_loopback(struct pq_slice origin);

/*
 * pq_config_secret() - read the secret @name of a role
 * If $CREDENTIALS_DIRECTORY is set, the file is $CREDENTIALS_DIRECTORY/NAME,
 * otherwise it is DIR/secrets/ROLE/NAME. DIR is the configuration directory.
 * config/secret.h has the rules for the file.
 * @ret:   initialised in each case; free it with pq_buf_wipe()
 * Return: 0; -PQ_ECONFIG
 */
int pq_config_secret(struct pq_buf *ret, const struct pq_config *c,
    const char *role, const char *name, struct pq_err *err);

#endif
