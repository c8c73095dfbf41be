/* SPDX-License-Identifier: Apache-2.0 */
/* message_seeds DIR: write a seed for each message of the table into DIR. */
#include <stdio.h>

#include "ipc/fields.h"

static struct pq_msg
write_sample(enum pq_msg_type type)
{
	const struct pq_msg_row *row = pq_msg_row(type);
	struct pq_msg m = { .type = type, .job = 1 };
	const struct pq_field *f;

	for (f = row->fields; f < row->fields + row->n; f++)
		if (f->kind == PQ_FIELD_TEXT)
			pq_field_set_slice(
			    &m, f, pq_slice_str("r\xc3\xa9 1.1"));
		else if (f->kind == PQ_FIELD_BYTES)
			pq_field_set_slice(&m, f, pq_slice_str(f->name));
		else
			pq_field_set_number(&m, f, UINT64_C(0x100000001));
	return m;
}

static int
write_file(const char *path, struct pq_slice s)
{
	FILE *f = fopen(path, "wb");

	if (f == NULL)
		return -1;
	if (fwrite(s.p, 1, s.n, f) != s.n) {
		(void)fclose(f);
		return -1;
	}
	return fclose(f);
}

static int
write_seed(const char *dir, enum pq_msg_type type)
{
	pq_auto(pq_buf_free) struct pq_buf wire = PQ_BUF_INIT(PQ_IPC_MAX);
	struct pq_msg m = write_sample(type);
	char path[4096];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, pq_msg_name(type));
	if (pq_msg_encode(&wire, &m) == 0 &&
	    write_file(path, pq_buf_view(&wire)) == 0)
		return 0;
	(void)fprintf(stderr, "%s: not written\n", path);
	return 1;
}

int
main(int argc, char **argv)
{
	unsigned t;
	int bad = 0;

	if (argc != 2) {
		(void)fprintf(stderr, "usage: message_seeds DIR\n");
		return 2;
	}
	for (t = PQ_MSG_NONE + 1; t < PQ_MSG_COUNT; t++)
		bad |= write_seed(argv[1], (enum pq_msg_type)t);
	return bad;
}
