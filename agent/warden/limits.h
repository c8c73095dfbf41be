/* SPDX-License-Identifier: Apache-2.0 */
/* The limits of the warden, each with its unit and its reason. */
#ifndef AGENT_WARDEN_LIMITS_H
#define AGENT_WARDEN_LIMITS_H

#include <stddef.h>
#include <stdint.h>

/* ---- peers -------------------------------------------------------- */

#define WARDEN_CLIENTS 32
#define WARDEN_CLIENTS_UID 8   /* of one uid */
#define WARDEN_BATCH 256       /* messages of one peer in one transaction */
#define WARDEN_OUT (64u << 20) /* bytes queued for one peer */
#define WARDEN_ASKED 8         /* questions that wait for another role */
#define WARDEN_ORDERED 4       /* places among them, for orders alone */

/* ---- jobs --------------------------------------------------------- */

/* In flight at once; the rest waits in SQL, so a flood starves no release. */
#define WARDEN_READS 256 /* callbacks: small, and verify takes several */
#define WARDEN_ERRANDS 4
#define WARDEN_JOBS (WARDEN_READS + WARDEN_ERRANDS)
#define WARDEN_PICK 32 /* rows looked at in one turn */

#define WARDEN_READ_MS 30000
#define WARDEN_READ_PACE_MS 50 /* between rounds that are not full */
#define WARDEN_READ_BYTES ((size_t)256 << 10) /* when reached, it is full */
/* as many errands as there can be at one origin, one after the other, a minute
 * each; who is slower is hung */
#define WARDEN_FETCH_MS 270000
/* a role that is away longer is not restarting */
#define WARDEN_AWAY_MS 10000
#define WARDEN_EXAMINE_MS 60000

/* ---- callbacks and looks ------------------------------------------ */

/* callbacks not yet done with, shared among the services: then 503 */
#define WARDEN_BACKLOG 100000
#define WARDEN_BACKLOG_BYTES ((int64_t)256 << 20) /* of their bodies */
#define WARDEN_LOOKS 16 /* of a service, that callbacks open at once */

/* ---- the disk ----------------------------------------------------- */

/* bytes that must be free for what others make us write */
#define WARDEN_SPACE_CALLBACK ((uint64_t)64 << 20)
#define WARDEN_SPACE_EVIDENCE ((uint64_t)256 << 20)

/* ---- time --------------------------------------------------------- */

#define WARDEN_BACKOFF_S 60 /* at most, between tries */
#define WARDEN_WAIT_S 3600  /* and between rounds that deploy lets wait */
#define WARDEN_TICK_MS 30000

#endif
