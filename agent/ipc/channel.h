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

/* struct pq_msg_delivery { struct pq_slice service; ... }; one per message */
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

/* One whole message; on receipt the slices borrow from the channel's buffer
 * until the next pq_channel_recv() on it. */
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
	struct pq_buf in;  /* the last message received */
	struct pq_buf out; /* scratch */
};

/* Every byte, whatever interrupts; 0 or -PQ_ESYS. */
int pq_write_whole(int fd, struct pq_slice s);

const char *pq_msg_name(enum pq_msg_type t);
/* may @from send @t to @to? Off by default. */
int pq_msg_permitted(enum pq_msg_type t, enum pq_role from, enum pq_role to);

/* pure codecs, fuzzed: nothing left over, every length below its maximum */
int pq_msg_encode(struct pq_buf *dst, const struct pq_msg *m);
int pq_msg_decode(struct pq_msg *ret, struct pq_slice s, struct pq_err *err);

/* take over @fd; reads SO_PEERCRED; 0 or a fault. Destroy with _close. */
int pq_channel_open(struct pq_channel *ret, int fd, enum pq_role self,
    enum pq_role peer, struct pq_err *err);
/*
 * connect to RUN/<name of self>.sock (cli: control.sock) as @self
 * @patience_s: how long to wait to be let in, and later for each packet, which
 *              then "would block"; 0: for ever
 */
int pq_channel_connect(struct pq_channel *ret, const char *run_dir,
    enum pq_role self, unsigned patience_s, struct pq_err *err);
void pq_channel_close(struct pq_channel *c);
/* blocking unless the fd is non-blocking: then 1 = would block, nothing sent */
int pq_channel_send(
    struct pq_channel *c, const struct pq_msg *m, struct pq_err *err);
/* 0 message; 1 would block; 2 peer closed; negative: close this peer */
int pq_channel_recv(
    struct pq_channel *c, struct pq_msg *ret, struct pq_err *err);

#endif
