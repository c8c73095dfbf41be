/* SPDX-License-Identifier: Apache-2.0 */
/* The limits of the warden, each with its unit and its reason. */
#ifndef AGENT_WARDEN_LIMITS_H
#define AGENT_WARDEN_LIMITS_H

#include <stddef.h>
#include <stdint.h>

/* ---- peers -------------------------------------------------------- */

#define WARDEN_CLIENTS 32      /* connections to the control socket */
#define WARDEN_CLIENTS_UID 8   /* connections of one uid */
#define WARDEN_BATCH 256       /* messages of one peer in one transaction */
#define WARDEN_OUT (64u << 20) /* bytes queued for one peer */
#define WARDEN_QUERIED 4       /* queries that one role must answer */
#define WARDEN_ORDERED 4       /* places that are reserved for orders */
/* questions that other roles must answer: two roles answer queries */
#define WARDEN_ASKED (2 * WARDEN_QUERIED + WARDEN_ORDERED)

/* ---- jobs --------------------------------------------------------- */

/* Jobs in flight. The rest waits in SQL, so a flood cannot delay releases. */
#define WARDEN_READS 256  /* callbacks: they are small, verify reads many */
#define WARDEN_RELEASES 4 /* errands of releases */
#define WARDEN_LOOKS 48   /* errands of looks; most ask for absent tags */
/*
 * Places of one service among them: half for the newest looks, half for the
 * oldest. Fetch asks one question at a time, and must never wait for the next.
 */
#define WARDEN_LOOKS_SERVICE 16
#define WARDEN_DOCUMENTS 4 /* looks that hold evidence: 8 MiB at most, each */
#define WARDEN_JOBS (WARDEN_READS + WARDEN_RELEASES + WARDEN_LOOKS)
#define WARDEN_PICK 32 /* rows that one query picks in a turn */

#define WARDEN_READ_MS 30000   /* until verify must have read a callback */
#define WARDEN_READ_PACE_MS 50 /* between rounds that are not full */
#define WARDEN_READ_BYTES ((size_t)256 << 10) /* of bodies: a round is full */
/*
 * Fetch may run all errands one after the other, for a minute at the registry
 * and a minute at the git host. If it takes longer, it hangs.
 */
#define WARDEN_FETCH_MS 30000
#define WARDEN_FETCH_EACH_MS 120000 /* for each errand in flight */
#define WARDEN_AWAY_MS 10000        /* a role that is away longer has failed */
#define WARDEN_EXAMINE_MS 60000     /* until verify must have judged evidence */

/* ---- callbacks and looks ------------------------------------------ */

/*
 * Callbacks without a final state, in equal shares for the services. Intake
 * answers 503 beyond that.
 */
#define WARDEN_BACKLOG 100000
#define WARDEN_BACKLOG_BYTES ((int64_t)256 << 20) /* of their bodies */
/*
 * Open looks, in equal shares. Beyond its share a service loses the looks whose
 * tags the registry did not have; if all of them wait for their first question,
 * intake answers 503.
 */
#define WARDEN_TAGS 200000
/*
 * Between two repeated questions of one service. They share the registry with
 * the first questions, so their rate is low.
 */
#define WARDEN_RETRY_MS 250
/* After its deadline a look that is not asked again ends without a question. */
#define WARDEN_LAPSE_S 120

/* ---- the disk ----------------------------------------------------- */

/* free bytes below which data from outside is no longer written */
#define WARDEN_SPACE_CALLBACK ((uint64_t)64 << 20)
#define WARDEN_SPACE_EVIDENCE ((uint64_t)256 << 20)

/* ---- time --------------------------------------------------------- */

#define WARDEN_BACKOFF_S 60  /* longest pause between tries */
#define WARDEN_WAIT_S 3600   /* longest pause after deploy let it wait */
#define WARDEN_TICK_MS 30000 /* between readings of the quarantine clocks */

#endif
