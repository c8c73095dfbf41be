/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_IPC_CHANNEL_H
#define AGENT_IPC_CHANNEL_H

#include <sys/types.h>

#include <pratique/bytes.h>
#include <pratique/err.h>
#include <pratique/verdict.h>

#include "ipc/messages.h"
#include "ipc/roles.h"

#define PQ_IPC_INLINE ((size_t)60 * 1024)
#define PQ_IPC_MAX (16u << 20)

enum pq_msg_type {
	PQ_MSG_NONE = 0,
#define MESSAGE(NAME, name, FROM, TO, FIELDS) PQ_MSG_##NAME,
#define NOTHING(...)
	PQ_MESSAGES(MESSAGE, NOTHING, NOTHING, NOTHING, NOTHING, NOTHING)
#undef MESSAGE
#undef NOTHING
	    PQ_MSG_COUNT
};

/* one struct per message: struct pq_msg_delivery { struct pq_slice ...; }; */
#define U32(f) uint32_t f;
#define U64(f) uint64_t f;
#define TIME(f) int64_t f;
#define TEXT(f, max) struct pq_slice f;
#define BYTES(f, max) struct pq_slice f;
#define MESSAGE(NAME, name, FROM, TO, FIELDS) \
	struct pq_msg_##name {                \
		FIELDS                        \
	};
PQ_MESSAGES(MESSAGE, U32, U64, TIME, TEXT, BYTES)
#undef MESSAGE
#undef U32
#undef U64
#undef TIME
#undef TEXT
#undef BYTES

/*
 * One complete message. The slices of a received message borrow from the
 * channel's buffer, until the next pq_channel_recv() on this channel.
 */
struct pq_msg {
	enum pq_msg_type type;
	uint64_t job;
	union {
#define MESSAGE(NAME, name, FROM, TO, FIELDS) struct pq_msg_##name name;
#define NOTHING(...)
		PQ_MESSAGES(
		    MESSAGE, NOTHING, NOTHING, NOTHING, NOTHING, NOTHING)
#undef MESSAGE
#undef NOTHING
	};
};

/* One end of a SOCK_SEQPACKET connection. */
struct pq_channel {
	int fd;
	enum pq_role self;
	enum pq_role peer;
	uid_t peer_uid;
	struct pq_buf in;  /* the last received message */
	struct pq_buf out; /* scratch */
};

/* Write all bytes, also after interrupted calls. Return: 0; -PQ_ESYS. */
int pq_write_whole(int fd, struct pq_slice s);

const char *pq_msg_name(enum pq_msg_type t);
/* May @from send @t to @to? The default is no. */
int pq_msg_permitted(enum pq_msg_type t, enum pq_role from, enum pq_role to);

/*
 * pq_msg_encode() - encode a message, by the table of messages.h
 * pq_msg_decode() - decode untrusted bytes; @ret borrows from @s
 * Both are pure functions, and both enforce the maximum of each field. Trailing
 * bytes are an error.
 * Return: 0; pq_msg_encode(): -PQ_ELIMIT, -PQ_EFORMAT (a text is not clean),
 *         -PQ_EINTERNAL (unknown type), -PQ_ENOMEM; pq_msg_decode(): -PQ_EPROTO
 */
int pq_msg_encode(struct pq_buf *dst, const struct pq_msg *m);
int pq_msg_decode(struct pq_msg *ret, struct pq_slice s, struct pq_err *err);

/*
 * pq_channel_open() - take ownership of a connected socket
 * Reads the uid of the peer with SO_PEERCRED.
 * Return: 0; a fault, and then the caller still owns @fd
 */
int pq_channel_open(struct pq_channel *ret, int fd, enum pq_role self,
    enum pq_role peer, struct pq_err *err);
/*
 * pq_channel_connect() - connect to RUN/<name of self>.sock as @self
 * The socket of the command line is control.sock.
 * @patience_s: timeout of the connection, and later of each packet, which then
 *              "would block"; 0: no timeout
 * Return: 0; -PQ_ESYS; -PQ_ELIMIT (the path is too long)
 */
int pq_channel_connect(struct pq_channel *ret, const char *run_dir,
    enum pq_role self, unsigned patience_s, struct pq_err *err);
void pq_channel_close(struct pq_channel *c);
/* Return: 0; 1 would block, and no part of the message was sent; a fault. */
int pq_channel_send(
    struct pq_channel *c, const struct pq_msg *m, struct pq_err *err);
/*
 * Return: 0 a message; 1 would block; 2 the peer closed the connection; a
 *         fault, and then the caller should close the connection
 */
int pq_channel_recv(
    struct pq_channel *c, struct pq_msg *ret, struct pq_err *err);

#endif
