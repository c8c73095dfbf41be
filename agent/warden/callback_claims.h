/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_WARDEN_CALLBACK_CLAIMS_H
#define AGENT_WARDEN_CALLBACK_CLAIMS_H

#include <pratique/finding.h>

#include "warden/warden.h"

/*
 * pq_callback_claims_judge() - compare the claims about @tag with the evidence
 * @v: digest, manifest and commit of the evidence
 * @f: gets a pending finding if all claims about @tag contradict @v
 */
void pq_callback_claims_judge(struct warden *w, const char *service,
    const char *tag, const struct pq_msg_verdict *v, struct pq_findings *f);

#endif
