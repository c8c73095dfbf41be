/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_IPC_CHANNEL_H
#define AGENT_IPC_CHANNEL_H

#include <sys/types.h>

#include <pratique/bytes.h>
#include <pratique/err.h>
#include <pratique/verdict.h>

#include "ipc/messages.h"
#include "ipc/roles.h"

/* bytes of a message; one over PQ_IPC_INLINE travels in a sealed memfd */
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

/* Each row of messages.h makes one struct, such as struct pq_msg_delivery. */
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
 * One complete message. The slices of a received message point into the buffer
 * of the channel. They are valid until the next pq_channel_recv() on it.
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
	struct pq_buf out; /* the last sent message */
};

/* Write all bytes; repeats after short writes and EINTR. Return: 0; -PQ_ESYS */
int pq_write_whole(int fd, struct pq_slice s);

const char *pq_msg_name(enum pq_msg_type t);
/* Return 1 if messages.h permits @from to send @t to @to, else 0. */
int pq_msg_permitted(enum pq_msg_type t, enum pq_role from, enum pq_role to);

/*
 * pq_msg_encode() - append an encoded message to @dst
 * pq_msg_decode() - decode untrusted bytes; the slices of @ret point into @s
 * Both use the encoding of messages.h and enforce the maximum of each field.
 * pq_msg_decode() refuses trailing bytes.
 * Return: 0; pq_msg_encode(): -PQ_ELIMIT, -PQ_EFORMAT (a text is not UTF-8 or
 *         has control characters), -PQ_EINTERNAL (unknown type), -PQ_ENOMEM;
 *         pq_msg_decode(): -PQ_EPROTO
 */
int pq_msg_encode(struct pq_buf *dst, const struct pq_msg *m);
int pq_msg_decode(struct pq_msg *ret, struct pq_slice s, struct pq_err *err);

/*
 * pq_channel_open() - take ownership of a connected socket
 * Reads the uid of the peer with SO_PEERCRED.
 * Return: 0; a fault: the caller still owns @fd
 */
int pq_channel_open(struct pq_channel *ret, int fd, enum pq_role self,
    enum pq_role peer, struct pq_err *err);
/*
 * pq_channel_connect() - connect to the warden as the role @self
 * The path of the socket is @run_dir/NAME.sock; NAME is the name of the role,
 * and "control" for the command line.
 * @patience_s: timeout in seconds of this call, and of each later packet. A
 *              packet that times out "would block". 0: no timeout
 * Return: 0; -PQ_ESYS; -PQ_ELIMIT (the path is too long)
 */
int pq_channel_connect(struct pq_channel *ret, const char *run_dir,
    enum pq_role self, unsigned patience_s, struct pq_err *err);
void pq_channel_close(struct pq_channel *c);
/* Return: 0; 1 would block: no part of the message was sent; a fault */
int pq_channel_send(
    struct pq_channel *c, const struct pq_msg *m, struct pq_err *err);
/*
 * Return: 0 received; 1 would block; 2 the peer closed the connection; a
 *         fault: the caller should close the connection
 */
int pq_channel_recv(
    struct pq_channel *c, struct pq_msg *ret, struct pq_err *err);

#endif
