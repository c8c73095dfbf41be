/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Proofs of ledgers up to schema 5. They are whole VERDICT messages of that
 * time. The fields are written out here, because the table of messages has
 * different ones today.
 *
 * A policy of that time required one signature on the image and one on the tag.
 * Its file has the same meaning today: these two are the first requirements. So
 * the old index of the key is the index of the material.
 */
#include "warden/old_proof.h"

#define VERDICT 8 /* number of the message type */
#define FORM_SIMPLE 1
#define FORM_DSSE 2

/* Skip the facts that the ledger stores in other rows. */
static void
skip_facts(struct pq_cur *c)
{
	static const size_t texts[] = { 71, 71, 71, 64, 64, 255, 255 };
	size_t i;

	(void)pq_cur_u32(c); /* overall */
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		(void)pq_cur_string(c, texts[i]);
	(void)pq_cur_string(c, 1u << 16); /* findings */
}

static uint32_t
form_of(uint32_t old)
{
	return old == FORM_SIMPLE ? PQ_FORM_SIMPLE
	    : old == FORM_DSSE    ? PQ_FORM_DSSE
				  : PQ_FORM_NONE;
}

static void
read_pieces(struct pq_proof *p, struct pq_cur *c)
{
	struct pq_piece *image = &p->v[0], *tag = &p->v[1];

	image->form = form_of(pq_cur_u32(c));
	image->material = pq_cur_u32(c);
	image->payload = pq_cur_string(c, 1u << 20);
	image->signature = pq_cur_string(c, 4096);
	tag->requirement = 1;
	tag->form = PQ_FORM_TAG;
	tag->payload = pq_cur_string(c, 1u << 18);
	p->n = tag->payload.n > 0 ? 2 : 1;
}

int
pq_old_proof_read(struct pq_proof *ret, struct pq_slice verdict)
{
	struct pq_cur c = pq_cur_start(verdict);
	struct pq_proof p = { 0 };

	if (pq_cur_u32(&c) != VERDICT)
		return -PQ_EFORMAT;
	(void)pq_cur_u64(&c); /* job */
	skip_facts(&c);
	read_pieces(&p, &c);
	p.index = pq_cur_string(&c, 1u << 22);
	p.manifest = pq_cur_string(&c, 1u << 22);
	p.config = pq_cur_string(&c, 1u << 20);
	if (!pq_cur_done(&c))
		return -PQ_EFORMAT;
	*ret = p;
	return 0;
}
