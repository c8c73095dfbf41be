/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRATIQUE_SIGNERS_H
#define PRATIQUE_SIGNERS_H

#include <pratique/bytes.h>
#include <pratique/err.h>
#include <pratique/pubkey.h>

#define PQ_SIGNERS_MAX (64u << 10) /* bytes of an allowed_signers file */
#define PQ_SIGNERS_LINES 64        /* keys in one file */

/* A parsed allowed_signers file: the keys, their namespaces and their dates. */
struct pq_signers;

/*
 * pq_signers_parse() - read an allowed_signers file
 * A time without a "Z" is local time to ssh-keygen. A verdict must not depend
 * on the time zone of a host. So such a key is valid only at the times that lie
 * within its limits in each time zone: 25 hours later or earlier.
 * @ret:   owned; free it with pq_signers_free(); untouched unless 0 is returned
 * @file:  the bytes of the file; borrowed until the function returns
 * @err:   gets the number of the bad line and the reason; may be NULL
 * Return: 0; -PQ_EFORMAT (also for a file without keys); -PQ_EUNSUPPORTED
 *         (certificate authorities, other key types, short RSA); -PQ_ELIMIT;
 *         -PQ_ENOMEM
 * Source: ssh-keygen(1), ALLOWED SIGNERS
 */
int pq_signers_parse(
    struct pq_signers **ret, struct pq_slice file, struct pq_err *err);
/*
 * pq_signers_free()  - free a parsed file
 * pq_signers_freep() - free a parsed file and set *@s to NULL; for pq_auto()
 * @s:     owned; NULL is allowed
 */
void pq_signers_free(struct pq_signers *s);
void pq_signers_freep(struct pq_signers **s);
/*
 * pq_signers_count() - count the keys of a file
 * @s:     borrowed
 * Return: number of keys, at most PQ_SIGNERS_LINES
 */
size_t pq_signers_count(const struct pq_signers *s);
/*
 * pq_signers_zoneless() - find a line that has a time without "Z"
 * @s:     borrowed
 * Return: the number of the first such line; 0: no line has one
 */
unsigned pq_signers_zoneless(const struct pq_signers *s);
/*
 * pq_signers_have() - decide whether a file lists a key for image signatures
 * The holder of such a key can sign both tags and images.
 * @s:     borrowed
 * @key:   borrowed
 * Return: true if @s lists @key
 */
bool pq_signers_have(const struct pq_signers *s, const struct pq_pubkey *key);
/*
 * pq_signers_share() - decide whether two parsed files list a common key
 * The holder of a common key can sign tags for both files.
 * @a:     borrowed
 * @b:     borrowed
 * Return: true if there is a common key
 */
bool pq_signers_share(const struct pq_signers *a, const struct pq_signers *b);
/*
 * pq_signers_same() - decide whether the bytes of two files list a common key
 * An unreadable file lists no key. Identical files always count as the same.
 * @a:     borrowed
 * @b:     borrowed
 * Return: 1 if true, 0 if false; -PQ_ENOMEM
 */
int pq_signers_same(struct pq_slice a, struct pq_slice b);

#define PQ_SIGNERS_GIT "git" /* namespace of the signatures of git */

/* A file and the list of signers that it belongs to. */
struct pq_listed {
	unsigned list; /* number of the list */
	struct pq_slice file;
};

/*
 * pq_signers_common() - decide whether one key is in each list
 * A key is in a list if a line of the list's files permits the key to sign git
 * tags. It is not enough that each two lists share a key.
 * @v:     the files of all lists; borrowed
 * @n:     number of files
 * Return: 1 if true, or if a file is unreadable, because the caller reports
 *         the error of that file; 0 if false, or if there is no list;
 *         -PQ_ENOMEM
 */
int pq_signers_common(const struct pq_listed *v, size_t n);

#endif
