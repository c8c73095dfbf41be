/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRATIQUE_SIGNERS_H
#define PRATIQUE_SIGNERS_H

#include <pratique/bytes.h>
#include <pratique/err.h>
#include <pratique/pubkey.h>

#define PQ_SIGNERS_MAX (64u << 10) /* bytes of an allowed_signers file */
#define PQ_SIGNERS_LINES 64        /* keys in one file */

/* A parsed allowed_signers file: who may sign, for what, and when. */
struct pq_signers;

/*
 * pq_signers_parse() - read an allowed_signers file
 * @ret:   owned, see pq_signers_free(); untouched unless 0 is returned
 * @file:  the bytes of the file; not kept
 * Return: 0; -PQ_EFORMAT (with the line in @err; also when no key is left);
 *         -PQ_EUNSUPPORTED (certificate authorities, other key types, short
 *         RSA); -PQ_ELIMIT; -PQ_ENOMEM
 * Source: ssh-keygen(1), ALLOWED SIGNERS. Times without a "Z" are read as
 *         UTC here, so that a verdict does not depend on a host's time zone.
 */
int pq_signers_parse(
    struct pq_signers **ret, struct pq_slice file, struct pq_err *err);
void pq_signers_free(struct pq_signers *s);   /* NULL is fine */
void pq_signers_freep(struct pq_signers **s); /* for pq_auto() */
/* number of keys */
size_t pq_signers_count(const struct pq_signers *s);
/* is @key one of them? Then its holder signs tags and images. */
bool pq_signers_have(const struct pq_signers *s, const struct pq_pubkey *key);
/* is some key in both? Then its holder signs the tags of both. */
bool pq_signers_share(const struct pq_signers *a, const struct pq_signers *b);
/*
 * pq_signers_same() - is some key in both of two files? See pq_pubkey_same()
 * Return: 1; 0; -PQ_ENOMEM
 */
int pq_signers_same(struct pq_slice a, struct pq_slice b);

/* A file, and the list that it belongs to. */
struct pq_listed {
	unsigned list;
	struct pq_slice file;
};

/*
 * pq_signers_common() - is some key in each list?
 * A list has a key when one of its files has it. Lists that share keys only in
 * pairs have none in common. A file that cannot be read holds no key.
 * Return: 1; 0, also of no list; -PQ_ENOMEM
 */
int pq_signers_common(const struct pq_listed *v, size_t n);

#endif
