/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PRATIQUE_GITTAG_H
#define PRATIQUE_GITTAG_H

#include <pratique/digest.h>
#include <pratique/names.h>
#include <pratique/ruling.h>
#include <pratique/signers.h>

#define PQ_GITTAG_MAX (256u << 10) /* bytes of a tag object */
/* by which an object is no tag, or none with one signature at its end */
#define PQ_GITTAG_RULE "git-mktag(1), gitformat-signature(5)"

/* An annotated tag; the slices borrow from the raw object. */
struct pq_gittag {
	struct pq_oid object; /* always a commit */
	enum pq_gitobj type;  /* always PQ_GITOBJ_COMMIT once parsed */
	struct pq_slice name;
	struct pq_slice tagger;    /* "Name <mail>" */
	struct pq_slice message;   /* without the signature */
	struct pq_slice payload;   /* the signed bytes, as git takes them */
	struct pq_slice signature; /* armored; empty when unsigned */
	int64_t tagger_time;       /* seconds UTC, chosen by the signer */
};

/*
 * pq_gittag_parse() - read a raw tag object strictly
 * @ret:   borrows from @raw; untouched unless 0 is returned
 * @raw:   the object without its "tag <n>\0" header
 * Return: 0; -PQ_EFORMAT; -PQ_EUNSUPPORTED (a tag of a tag, tree or blob);
 *         -PQ_ELIMIT
 * Source: git-mktag(1); gitformat-signature(5)
 *
 * Neither the name nor the object id is compared with anything here: that
 * the tag is the requested one is for the caller to check.
 */
int pq_gittag_parse(
    struct pq_gittag *ret, struct pq_slice raw, struct pq_err *err);

/*
 * pq_gittag_examine() - judge the signature on a parsed tag
 * @signers: trusted signers of this repository
 * @now:     seconds UTC; the key must be valid now and at the tagger's time
 * @ret:     filled when 0 is returned; the zero value is a fail
 * Return:   0 examined, read ret->status; -PQ_ENOMEM; -PQ_ECRYPTO
 * Source:   OpenSSH PROTOCOL.sshsig; namespace "git"
 */
int pq_gittag_examine(const struct pq_gittag *tag,
    const struct pq_signers *signers, int64_t now, struct pq_ruling *ret);

#endif
