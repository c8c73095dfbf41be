/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The small part of git's protocol that fetches a tag and its commit.
 *
 * A git library also has checkout, submodules, deltas and configuration files,
 * and each of them had security holes. This agent needs two objects. So this
 * code reads pkt-lines, three kinds of answers, and the objects of a pack that
 * are not deltas. It does not write files or handle paths. It does not trust
 * the received bytes: the hash of its bytes identifies an object, and the
 * client knows the hash before it sends the request.
 */
#include "net/gitproto.h"

#include <limits.h>
#include <string.h>
#include <zlib.h>

#define PKT_MAX 65520u

static int
hex_value(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

enum pq_pkt_kind
pq_pkt_next(struct pq_cur *c, struct pq_slice *ret)
{
	static const enum pq_pkt_kind special[4] = { PQ_PKT_FLUSH, PQ_PKT_DELIM,
		PQ_PKT_RESPONSE_END, PQ_PKT_BAD };
	struct pq_slice head;
	size_t n = 0, i;

	*ret = pq_slice(NULL, 0);
	if (c->bad)
		return PQ_PKT_BAD;
	if (c->left == 0)
		return PQ_PKT_END;
	head = pq_cur_take(c, 4);
	if (head.n != 4)
		return PQ_PKT_BAD;
	for (i = 0; i < 4; i++) {
		int v = hex_value(head.p[i]);

		if (v < 0)
			return PQ_PKT_BAD;
		n = n * 16 + (size_t)v;
	}
	if (n < 4)
		return special[n];
	if (n > PKT_MAX)
		return PQ_PKT_BAD;
	*ret = pq_cur_take(c, n - 4);
	return c->bad || ret->n != n - 4 ? PQ_PKT_BAD : PQ_PKT_DATA;
}

void
pq_pkt_put(struct pq_buf *b, const char *text)
{
	pq_buf_fmt(b, "%04zx%s", strlen(text) + 4, text);
}

/* Remove the newline at the end of a line, if there is one. */
static struct pq_slice
strip_newline(struct pq_slice s)
{
	if (s.n > 0 && s.p[s.n - 1] == '\n')
		s.n--;
	return s;
}

/*
 * Return true if @word is one of the words "a b c" of the line "NAME=a b c".
 * @name: "NAME="
 */
static bool
has_word(struct pq_slice line, const char *name, const char *word)
{
	size_t n = strlen(name), k = strlen(word), i;

	if (!pq_slice_starts(line, name))
		return false;
	for (i = n; i + k <= line.n; i++) {
		if ((i == n ? i > 0 && line.p[i - 1] == '='
			    : line.p[i - 1] == ' ') &&
		    memcmp(line.p + i, word, k) == 0 &&
		    (i + k == line.n || line.p[i + k] == ' '))
			return true;
	}
	return false;
}

static bool
is_capability(struct pq_slice line, const char *name)
{
	size_t n = strlen(name);

	return pq_slice_starts(line, name) && (line.n == n || line.p[n] == '=');
}

/* Skip an optional "# service=..." line and its flush, then "version 2". */
static int
skip_head(struct pq_cur *c)
{
	struct pq_slice line;
	enum pq_pkt_kind k = pq_pkt_next(c, &line);

	if (k == PQ_PKT_DATA &&
	    pq_slice_eq_str(strip_newline(line), "# service=git-upload-pack")) {
		if (pq_pkt_next(c, &line) != PQ_PKT_FLUSH)
			return -PQ_EFORMAT;
		k = pq_pkt_next(c, &line);
	}
	if (k != PQ_PKT_DATA)
		return -PQ_EFORMAT;
	return pq_slice_eq_str(strip_newline(line), "version 2")
	    ? 0
	    : -PQ_EUNSUPPORTED;
}

int
pq_git_caps_read(struct pq_git_caps *ret, struct pq_slice body)
{
	struct pq_cur c = pq_cur_start(body);
	struct pq_git_caps caps = { false, 20 };
	bool ls_refs = false, fetch = false;
	struct pq_slice line;
	enum pq_pkt_kind k;
	int r = skip_head(&c);

	if (r != 0)
		return r;
	while ((k = pq_pkt_next(&c, &line)) == PQ_PKT_DATA) {
		line = strip_newline(line);
		ls_refs = ls_refs || is_capability(line, "ls-refs");
		fetch = fetch || is_capability(line, "fetch");
		if (has_word(line, "fetch=", "filter"))
			caps.fetch_filter = true;
		if (pq_slice_eq_str(line, "object-format=sha256"))
			caps.oid_len = 32;
	}
	if (k != PQ_PKT_FLUSH || c.left != 0)
		return -PQ_EFORMAT;
	if (!ls_refs || !fetch)
		return -PQ_EUNSUPPORTED;
	*ret = caps;
	return 0;
}

/*
 * Parse "OID NAME[ peeled:OID]".
 * Return: 0; 1 if the ref is not @name; -PQ_EFORMAT
 */
static int
read_ref(struct pq_git_ref *ret, struct pq_slice line, const char *name,
    uint8_t oid_len)
{
	size_t hex = (size_t)2 * oid_len, n = strlen(name);
	struct pq_slice rest;
	struct pq_git_ref ref = { { 0, { 0 } }, { 0, { 0 } } };

	if (line.n <= hex + 1 || line.p[hex] != ' ' ||
	    pq_oid_parse(&ref.oid, pq_slice(line.p, hex)) != 0)
		return -PQ_EFORMAT;
	rest = pq_slice(line.p + hex + 1, line.n - hex - 1);
	if (!pq_slice_starts(rest, name) || (rest.n > n && rest.p[n] != ' '))
		return 1;
	rest = pq_slice(rest.p + n, rest.n - n);
	if (rest.n > 0) {
		if (!pq_slice_starts(rest, " peeled:") || rest.n != 8 + hex ||
		    pq_oid_parse(&ref.peeled, pq_slice(rest.p + 8, hex)) != 0)
			return -PQ_EFORMAT;
	}
	*ret = ref;
	return 0;
}

int
pq_git_ref_find(struct pq_git_ref *ret, struct pq_slice body, const char *name,
    uint8_t oid_len)
{
	struct pq_cur c = pq_cur_start(body);
	struct pq_git_ref ref, found = { { 0, { 0 } }, { 0, { 0 } } };
	struct pq_slice line;
	enum pq_pkt_kind k;
	int r;

	while ((k = pq_pkt_next(&c, &line)) == PQ_PKT_DATA) {
		if (pq_slice_starts(line, "ERR "))
			return -PQ_EPROTO;
		r = read_ref(&ref, strip_newline(line), name, oid_len);
		if (r < 0 || (r == 0 && found.oid.len != 0))
			return -PQ_EFORMAT;
		if (r == 0)
			found = ref;
	}
	if (k == PQ_PKT_END)
		return -PQ_EPROTO; /* no flush: the answer is incomplete */
	if (k != PQ_PKT_FLUSH || c.left != 0)
		return -PQ_EFORMAT;
	if (found.oid.len == 0)
		return 1;
	*ret = found;
	return 0;
}

/* Move to the line after "packfile"; skip the sections before it. */
static int
find_packfile(struct pq_cur *c, struct pq_err *err)
{
	struct pq_slice line;
	enum pq_pkt_kind k;

	while (
	    (k = pq_pkt_next(c, &line)) == PQ_PKT_DATA || k == PQ_PKT_DELIM) {
		if (pq_slice_starts(line, "ERR "))
			return pq_err_set(err, PQ_EPROTO,
			    "the git server refused to send the tag");
		if (pq_slice_eq_str(strip_newline(line), "packfile"))
			return 0;
	}
	return pq_err_set(err, k == PQ_PKT_END ? PQ_EPROTO : PQ_EFORMAT,
	    "the answer of the git server contains no pack");
}

int
pq_git_pack_join(
    struct pq_buf *ret, struct pq_slice body, bool cut, struct pq_err *err)
{
	struct pq_cur c = pq_cur_start(body);
	struct pq_slice line;
	enum pq_pkt_kind k;
	int r = find_packfile(&c, err);

	if (r != 0)
		return r;
	while ((k = pq_pkt_next(&c, &line)) == PQ_PKT_DATA) {
		if (line.n == 0 || line.p[0] < 1 || line.p[0] > 2)
			return pq_err_set(err, PQ_EPROTO,
			    "the git server sent an error, or an unknown side "
			    "band, inside the pack");
		if (line.p[0] == 1)
			pq_buf_put(ret, line.p + 1, line.n - 1);
	}
	if (!cut && (k != PQ_PKT_FLUSH || c.left != 0))
		return pq_err_set(err, PQ_EPROTO,
		    "the answer of the git server is incomplete");
	return ret->fault;
}

/* Read the type (3 bits) and the size (4 + 7 n bits) of a pack entry. */
static int
entry_head(struct pq_cur *c, unsigned *type, uint64_t *size)
{
	uint8_t b = pq_cur_u8(c);
	unsigned shift = 4;

	*type = (b >> 4) & 7u;
	*size = b & 15u;
	while ((b & 0x80u) != 0) {
		if (shift > 32)
			return -PQ_ELIMIT;
		b = pq_cur_u8(c);
		*size |= (uint64_t)(b & 0x7fu) << shift;
		shift += 7;
	}
	return c->bad ? -PQ_EFORMAT : 0;
}

/* Inflate exactly @size bytes into @keep; discard them if @keep is NULL. */
static int
entry_data(struct pq_cur *c, uint64_t size, struct pq_buf *keep)
{
	uint8_t chunk[16384];
	z_stream z = { 0 };
	uint64_t total = 0;
	int r;

	if (inflateInit(&z) != Z_OK)
		return -PQ_ENOMEM;
	z.next_in = (Bytef *)(uintptr_t)c->p;
	z.avail_in = c->left > UINT_MAX ? UINT_MAX : (uInt)c->left;
	do {
		z.next_out = chunk;
		z.avail_out = sizeof(chunk);
		r = inflate(&z, Z_NO_FLUSH);
		total += sizeof(chunk) - z.avail_out;
		if (keep != NULL)
			pq_buf_put(keep, chunk, sizeof(chunk) - z.avail_out);
		/* a zip bomb declares a small size: stop at that size */
	} while (r == Z_OK && total <= size);
	(void)pq_cur_take(c, (size_t)z.total_in);
	(void)inflateEnd(&z);
	if (r != Z_STREAM_END || total != size || c->bad)
		return -PQ_EFORMAT;
	return keep != NULL ? keep->fault : 0;
}

static int
match_want(struct pq_git_want *wants, size_t n, enum pq_gitobj type,
    const struct pq_buf *data)
{
	struct pq_oid oid;
	size_t i;

	for (i = 0; i < n; i++) {
		if (wants[i].found || wants[i].type != type)
			continue;
		if (pq_oid_of(
			&oid, type, wants[i].oid.len, pq_buf_view(data)) != 0)
			return -PQ_ECRYPTO;
		if (!pq_oid_eq(&oid, &wants[i].oid))
			continue;
		pq_buf_slice(&wants[i].data, pq_buf_view(data));
		wants[i].found = true;
		return wants[i].data.fault;
	}
	return 0;
}

/*
 * Skip a delta (type 6: base by offset, type 7: base by id). This code does not
 * reconstruct the object of a delta, so it does not find the object. Servers
 * may send a delta if a tag points to a tag, because the two objects are
 * similar.
 */
static int
skip_delta(struct pq_cur *c, unsigned type, uint64_t size, uint8_t oid_len)
{
	if (type == 7)
		(void)pq_cur_take(c, oid_len);
	else
		while ((pq_cur_u8(c) & 0x80u) != 0 && !c->bad)
			continue;
	if (c->bad)
		return -PQ_EFORMAT;
	return size > PQ_GIT_OBJECT_MAX ? -PQ_ELIMIT
					: entry_data(c, size, NULL);
}

/* Read one entry. Return: 0; 1 if it was a delta; a fault. */
static int
read_entry(struct pq_git_want *wants, size_t n, struct pq_cur *c)
{
	/* 1 commit, 2 tree, 3 blob, 4 tag; 6 and 7 are deltas */
	static const enum pq_gitobj types[8] = { PQ_GITOBJ_NONE,
		PQ_GITOBJ_COMMIT, PQ_GITOBJ_NONE, PQ_GITOBJ_NONE, PQ_GITOBJ_TAG,
		PQ_GITOBJ_NONE, PQ_GITOBJ_NONE, PQ_GITOBJ_NONE };
	struct pq_buf data = PQ_BUF_INIT(PQ_GIT_OBJECT_MAX);
	unsigned type = 0;
	uint64_t size = 0;
	int r = entry_head(c, &type, &size);

	if (r != 0)
		return r;
	if (type == 0 || type == 5)
		return -PQ_EFORMAT;
	if (type > 5) {
		r = skip_delta(c, type, size, n > 0 ? wants[0].oid.len : 20);
		return r == 0 ? 1 : r;
	}
	if (types[type] == PQ_GITOBJ_NONE)
		return entry_data(c, size, NULL);
	if (size > PQ_GIT_OBJECT_MAX)
		return -PQ_ELIMIT;
	r = entry_data(c, size, &data);
	if (r == 0)
		r = match_want(wants, n, types[type], &data);
	pq_buf_free(&data);
	return r;
}

static bool
all_found(const struct pq_git_want *wants, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!wants[i].found)
			return false;
	return true;
}

int
pq_git_pack_find(struct pq_git_want *wants, size_t n, struct pq_slice pack)
{
	struct pq_cur c = pq_cur_start(pack);
	uint32_t version, objects, i;
	bool deltas = false;
	int r;

	if (!pq_slice_eq_str(pq_cur_take(&c, 4), "PACK"))
		return -PQ_EFORMAT;
	version = pq_cur_u32(&c);
	objects = pq_cur_u32(&c);
	if (c.bad || version != 2)
		return -PQ_EFORMAT;
	if (objects > PQ_GIT_PACK_OBJECTS)
		return -PQ_ELIMIT;
	for (i = 0; i < objects && !all_found(wants, n); i++) {
		r = read_entry(wants, n, &c);
		if (r < 0)
			return r;
		deltas = deltas || r == 1;
	}
	if (all_found(wants, n))
		return 0;
	return deltas ? -PQ_EUNSUPPORTED : -PQ_EABSENT;
}
