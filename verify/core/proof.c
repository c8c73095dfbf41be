/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The encoding of a proof. Verify writes it, messages carry it as one field,
 * the ledger stores it while a release waits, and deploy reads it. An update of
 * pratique can change the messages while a release waits. So the encoding has
 * its own version.
 *
 * The reader may be the only process that an attacker does not control. So it
 * compares each length with a limit before use, and it refuses trailing bytes.
 * The encoder refuses a proof that the decoder would refuse.
 */
#include <pratique/proof.h>

#include <string.h>

#define INDEX_MAX (4u << 20)
#define MANIFEST_MAX (4u << 20)
#define CONFIG_MAX (1u << 20)
#define PAYLOAD_MAX (1u << 20)
#define SIGNATURE_MAX 4096

static void
put_bytes(struct pq_buf *b, struct pq_slice s, size_t max)
{
	if (s.n > max && b->fault == 0)
		b->fault = -PQ_ELIMIT;
	pq_buf_u32(b, (uint32_t)s.n);
	pq_buf_slice(b, s);
}

int
pq_proof_encode(struct pq_buf *dst, const struct pq_proof *proof)
{
	size_t before = dst->n, i;

	if (proof->n > PQ_PROOF_PIECES)
		return -PQ_ELIMIT;
	pq_buf_u32(dst, PQ_PROOF_MAGIC);
	pq_buf_u32(dst, PQ_PROOF_VERSION);
	put_bytes(dst, proof->index, INDEX_MAX);
	put_bytes(dst, proof->manifest, MANIFEST_MAX);
	put_bytes(dst, proof->config, CONFIG_MAX);
	pq_buf_u32(dst, (uint32_t)proof->n);
	for (i = 0; i < proof->n; i++) {
		pq_buf_u32(dst, proof->v[i].requirement);
		pq_buf_u32(dst, proof->v[i].material);
		pq_buf_u32(dst, proof->v[i].form);
		put_bytes(dst, proof->v[i].payload, PAYLOAD_MAX);
		put_bytes(dst, proof->v[i].signature, SIGNATURE_MAX);
	}
	if (dst->fault == 0 && dst->n - before > PQ_PROOF_MAX)
		dst->fault = -PQ_ELIMIT;
	return dst->fault;
}

static void
take_piece(struct pq_piece *p, struct pq_cur *c)
{
	*p = (struct pq_piece){ 0 };
	p->requirement = pq_cur_u32(c);
	p->material = pq_cur_u32(c);
	p->form = pq_cur_u32(c);
	p->payload = pq_cur_string(c, PAYLOAD_MAX);
	p->signature = pq_cur_string(c, SIGNATURE_MAX);
}

int
pq_proof_decode(struct pq_proof *ret, struct pq_slice s)
{
	struct pq_cur c = pq_cur_start(s);
	struct pq_proof p = { 0 };
	size_t i;

	if (s.n > PQ_PROOF_MAX || pq_cur_u32(&c) != PQ_PROOF_MAGIC ||
	    pq_cur_u32(&c) != PQ_PROOF_VERSION)
		return -PQ_EFORMAT;
	p.index = pq_cur_string(&c, INDEX_MAX);
	p.manifest = pq_cur_string(&c, MANIFEST_MAX);
	p.config = pq_cur_string(&c, CONFIG_MAX);
	p.n = pq_cur_u32(&c);
	if (p.n > PQ_PROOF_PIECES)
		return -PQ_EFORMAT;
	for (i = 0; i < p.n; i++)
		take_piece(&p.v[i], &c);
	if (!pq_cur_done(&c))
		return -PQ_EFORMAT;
	*ret = p;
	return 0;
}
