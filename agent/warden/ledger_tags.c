/* SPDX-License-Identifier: Apache-2.0 */
/* The memory of tags: each object that a tag has ever pointed at. */
#include "warden/ledger_tags.h"

int
pq_ledger_tag_record(struct pq_store *s, const char *service, const char *kind,
    const char *name, const char *object, int64_t now, char was[PQ_DIGEST_TEXT])
{
	sqlite3_stmt *st;
	int r;

	pq_store_do(s,
	    "INSERT INTO tags VALUES(?,?,?,?,?)"
	    " ON CONFLICT DO NOTHING",
	    "ssssi", service, kind, name, object, now);
	st = pq_store_query(s,
	    "SELECT object FROM tags WHERE service = ? AND kind = ? AND"
	    " name = ? AND object <> ? LIMIT 1",
	    "ssss", service, kind, name, object);
	r = pq_store_next(s, st);
	if (r == 1)
		pq_store_text(st, 0, was, PQ_DIGEST_TEXT);
	if (r >= 0)
		pq_store_done(st);
	return r;
}
