/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_CONFIG_RULES_H
#define AGENT_CONFIG_RULES_H

/*
 * The schema: one table per map, each row a key, its kind, the member that it
 * fills and its value where the key is absent. A key that is not in its table
 * is a mistake, and so is one whose check is not built yet: a policy that is
 * quietly not enforced is worse than none.
 *
 * A scalar key is a row, a member and the code that uses the member. The row
 * gives reading, the notes about mistakes, the default and the release of the
 * memory; a function of its own (PQ_TAKE) is for a value that needs thought.
 */
#include <stddef.h>

#include <pratique/names.h>

#include "config/schema.h"

/* One file being read. */
struct pq_rules {
	const char *file;
	const char *key;  /* whose value is being taken; NULL: the document */
	const char *item; /* key of the map in a PQ_NAMED that is being read */
	struct pq_config_notes *notes;
	const struct pq_schema_files *files;
	struct pq_config *main;
	struct pq_config_service *service;
	void *object;       /* whose members the rows fill */
	char *party;        /* of the requirements being read */
	unsigned threshold; /* of them; 0: not said */
	unsigned clause;    /* to which they belong */
	/*
	 * Whatever could not be kept makes the load fail: a policy that lost
	 * its deny list, or a note of a mistake, would permit more.
	 */
	bool nomem;
	bool failed;
};

/* A kind of text with one grammar, which refuses empty text, too. */
struct pq_noun {
	int (*grammar)(struct pq_slice s, struct pq_err *err);
	const char *advice; /* the next step, where a text breaks it; or NULL */
};

/*
 * One value of a choice. A list of them ends with the word NULL; those that
 * are reserved stand last.
 */
struct pq_word {
	const char *word;
	unsigned value;
	bool reserved; /* its check is not built yet */
};

enum pq_rule_kind {
	PQ_RULE_RESERVED = 0, /* its check is not built yet */
	PQ_RULE_TEXT,
	PQ_RULE_TEXTS,
	PQ_RULE_DURATION,
	PQ_RULE_NUMBER,
	PQ_RULE_CHOICE,
	PQ_RULE_FLAG,
	PQ_RULE_FILE,
	PQ_RULE_MAP,
	PQ_RULE_MAPS,
	PQ_RULE_NAMED,
	PQ_RULE_TAKEN,
	PQ_RULE_KINDS
};

/*
 * What a row does not say is zero and does not count; so of what an object may
 * lack the offset stands here with 1 added.
 */
struct pq_rule {
	const char *key;
	enum pq_rule_kind kind;
	enum pq_yaml_kind shape; /* of a PQ_TAKE; NONE: any */
	bool required;
	size_t at;     /* of the member in the object */
	size_t behind; /* + 1: of the pointer to the member's own object */
	size_t line;   /* + 1: of the line of the value */
	/*
	 * + 1: of a choice that is made by using this row and not another one
	 * with the same choice. One of them is needed.
	 */
	size_t chooses;
	unsigned chosen;
	/* the value without the key */
	uint64_t otherwise;
	const char *otherwise_text;
	/* what the value may be */
	const struct pq_noun *noun;
	const struct pq_word *words;
	unsigned least, most;    /* of a list; most 0: any number */
	const char *count_words; /* for another number */
	/* of a map, or of each in a list */
	const struct pq_rule *rows;
	size_t count; /* how many the list has */
	size_t size;  /* of one object */
	size_t name;  /* of the text in it that its key fills */
	void (*take)(struct pq_rules *c, const struct pq_yaml *v);
	/* of a value that was set; of each map in a PQ_MAPS, when it is
	 * filled; of each key in a PQ_NAMED, before its map is */
	void (*check)(struct pq_rules *c, const struct pq_yaml *v);
};

/*
 * The kinds, each with the one type of member that it fills. A member of
 * another type does not compile: a duration does not fit an unsigned.
 */
#define PQ_MEMBER(T, member, type) \
	(offsetof(T, member) + _Generic(((T *)NULL)->member, type : (size_t)0))

/* text that is not empty; PQ_NAME: of one grammar */
#define PQ_TEXT(T, member) \
	.kind = PQ_RULE_TEXT, .at = PQ_MEMBER(T, member, char *)
#define PQ_NAME(T, member, a_noun) PQ_TEXT(T, member), .noun = &(a_noun)
/* a list of texts, @n how many */
#define PQ_TEXTS(T, member, n)                                      \
	.kind = PQ_RULE_TEXTS, .at = PQ_MEMBER(T, member, char **), \
	.count = PQ_MEMBER(T, n, size_t)
/* seconds */
#define PQ_DURATION(T, member) \
	.kind = PQ_RULE_DURATION, .at = PQ_MEMBER(T, member, uint64_t)
#define PQ_NUMBER(T, member, highest)                                 \
	.kind = PQ_RULE_NUMBER, .at = PQ_MEMBER(T, member, unsigned), \
	.most = (highest)
/* an enumeration or an unsigned */
#define PQ_CHOICE(T, member, a_words)                                 \
	.kind = PQ_RULE_CHOICE, .at = PQ_MEMBER(T, member, unsigned), \
	.words = (a_words)
/* true by its one word */
#define PQ_FLAG(T, member, a_words)                             \
	.kind = PQ_RULE_FLAG, .at = PQ_MEMBER(T, member, bool), \
	.words = (a_words)
/* a file of the directory that is not empty, read whole */
#define PQ_FILE(T, member) \
	.kind = PQ_RULE_FILE, .at = PQ_MEMBER(T, member, struct pq_config_file)
/* a map whose keys fill the same object */
#define PQ_MAP(a_rows) .kind = PQ_RULE_MAP, .rows = (a_rows)
/* a list of maps, each an object E of its own; @n how many */
#define PQ_MAPS(T, member, n, E, a_rows)                       \
	.kind = PQ_RULE_MAPS, .at = PQ_MEMBER(T, member, E *), \
	.count = PQ_MEMBER(T, n, size_t), .size = sizeof(E), .rows = (a_rows)
/* a map of maps: the key of each fills its member @a_name, as @a_noun has it */
#define PQ_NAMED(T, member, n, E, a_name, a_noun, a_rows)        \
	.kind = PQ_RULE_NAMED, .at = PQ_MEMBER(T, member, E *),  \
	.count = PQ_MEMBER(T, n, size_t), .size = sizeof(E),     \
	.name = PQ_MEMBER(E, a_name, char *), .noun = &(a_noun), \
	.rows = (a_rows)
#define PQ_RESERVED .kind = PQ_RULE_RESERVED
/* by a function; with .rows, these say which members to release */
#define PQ_TAKE(a_shape, function) \
	.kind = PQ_RULE_TAKEN, .shape = (a_shape), .take = (function)

/* the member is of the object behind a pointer, and released with that */
#define PQ_BEHIND(T, pointer, P) .behind = 1 + PQ_MEMBER(T, pointer, P *)
/* an unsigned */
#define PQ_LINE(T, member) .line = 1 + PQ_MEMBER(T, member, unsigned)
/* an enumeration, whose zero means that no row chose */
#define PQ_CHOOSES(T, member, value) \
	.chooses = 1 + PQ_MEMBER(T, member, unsigned), .chosen = (value)
#define PQ_RULES_END        \
	{                   \
		.key = NULL \
	}

/* a mistake makes the load fail, whether or not it could be noted */
void pq_rules_mistake(struct pq_rules *c, unsigned line, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* of the value at @at of the key that is being taken */
void pq_rules_bad(struct pq_rules *c, const struct pq_yaml *at, const char *fmt,
    ...) __attribute__((format(printf, 3, 4)));
/* @p as it is; that it is NULL is not forgotten */
void *pq_rules_owned(struct pq_rules *c, void *p);
/* 0, or why the object cannot be used: -PQ_ECONFIG, -PQ_ENOMEM */
int pq_rules_outcome(const struct pq_rules *c);
/* every key by its rule, every required key there; fills c->object */
void pq_rules_walk(
    struct pq_rules *c, const struct pq_yaml *map, const struct pq_rule *rules);
/* one value by its rule, where a value may stand for a whole map */
void pq_rules_take(
    struct pq_rules *c, const struct pq_rule *r, const struct pq_yaml *v);
/* the same into @object, after what its members are without a key */
void pq_rules_fill(struct pq_rules *c, void *object, const struct pq_yaml *map,
    const struct pq_rule *rules);
/* release all that rows put into @object; a pointer is NULL after it */
void pq_rules_free(void *object, const struct pq_rule *rules);

/* what a value may be */
bool pq_rules_number(const char *s, uint64_t max, uint64_t *ret);
/*
 * pq_rules_name() - is a value of a grammar, as of <pratique/names.h>?
 * If it is not, that is a mistake; its note has the broken rule, as @grammar
 * says it, if it does, and the next step.
 */
bool pq_rules_name(struct pq_rules *c, const struct pq_yaml *v,
    int (*grammar)(struct pq_slice s, struct pq_err *err), const char *advice);

/* the text into @to, which is owned; empty text is a mistake */
void pq_rules_set(struct pq_rules *c, char **to, const struct pq_yaml *v);

#endif
