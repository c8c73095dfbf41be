/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRATIQUE_GITTAG_H
#define PRATIQUE_GITTAG_H

#include <pratique/digest.h>
#include <pratique/names.h>
#include <pratique/ruling.h>
#include <pratique/signers.h>

#define PQ_GITTAG_MAX (256u << 10) /* bytes of a tag object */
/* the rule for a malformed tag object or signature */
#define PQ_GITTAG_RULE "git-mktag(1), gitformat-signature(5)"

/* A parsed annotated tag. Its slices point into the raw object. */
struct pq_gittag {
	struct pq_oid object; /* always a commit */
	enum pq_gitobj type;  /* always PQ_GITOBJ_COMMIT after parsing */
	struct pq_slice name;
	struct pq_slice tagger;    /* "Name <mail>" */
	struct pq_slice message;   /* without the signature */
	struct pq_slice payload;   /* the bytes that git signs */
	struct pq_slice signature; /* armored; empty: not signed */
	int64_t tagger_time;       /* seconds UTC, chosen by the signer */
};

/*
 * pq_gittag_parse() - read a raw tag object strictly
 * It does not compare the name or the object id. The caller must check that
 * this is the requested tag.
 * @ret:   its slices point into @raw; untouched unless 0 is returned
 * @raw:   the object without its "tag <n>\0" header; borrowed, untrusted
 * @err:   gets the reason, escaped; may be NULL
 * Return: 0; -PQ_EFORMAT; -PQ_EUNSUPPORTED (a tag of a tag, tree or blob);
 *         -PQ_ELIMIT (longer than PQ_GITTAG_MAX)
 * Source: git-mktag(1); gitformat-signature(5)
 */
int pq_gittag_parse(
    struct pq_gittag *ret, struct pq_slice raw, struct pq_err *err);

/*
 * pq_gittag_examine() - judge the signature on a parsed tag
 * @tag:     borrowed
 * @signers: trusted signers of this repository; borrowed
 * @now:     seconds since 1970-01-01 UTC; the key must be valid at this time
 *           and at the tagger's time
 * @ret:     filled if 0 is returned; the zero value is a fail
 * Return:   0 examined, read ret->status; -PQ_ENOMEM; -PQ_ECRYPTO
 * Source:   OpenSSH PROTOCOL.sshsig; namespace "git"
 */
int pq_gittag_examine(const struct pq_gittag *tag,
    const struct pq_signers *signers, int64_t now, struct pq_ruling *ret);

#endif
