/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_CONFIG_RULES_H
#define AGENT_CONFIG_RULES_H

/*
 * The schema: one table for each map. A row has a key, the kind of its value,
 * the member that it fills, and the default. A key that is not in the table is
 * an error. A reserved key is an error as well: pratique does not implement
 * its check, and an operator would rely on a rule that is not enforced.
 *
 * To add a scalar key, add a row, a member, and the code that uses the member.
 * The row is enough to read the value, note errors, set the default and free
 * the member. For a value that needs more code, PQ_TAKE names a function.
 */
#include <stddef.h>

#include <pratique/names.h>

#include "config/schema.h"

/* The state of reading one file. */
struct pq_rules {
	const char *file;
	const char *key;  /* the key of the current value; NULL: the document */
	const char *item; /* in a PQ_NAMED: the key of the current map */
	struct pq_config_notes *notes;
	const struct pq_schema_files *files;
	struct pq_config *main;
	struct pq_config_service *service;
	void *object; /* the struct that the rows fill */
	/* for the current entry of "signers" or "require" */
	char *party;        /* NULL: not given */
	unsigned threshold; /* 0: not given */
	unsigned clause;
	/*
	 * Memory ran out, and a value was lost. The load fails: a policy
	 * without its deny list would permit more.
	 */
	bool nomem;
	bool failed; /* an error was found, even if its note was lost */
};

/* A kind of text. Its grammar must also refuse empty text. */
struct pq_noun {
	int (*grammar)(struct pq_slice s, struct pq_err *err);
	const char *advice; /* the next step after an error, or NULL */
};

/*
 * One value of a choice. A list of values ends with a NULL word, and reserved
 * values are last in it.
 */
struct pq_word {
	const char *word;
	unsigned value;
	bool reserved; /* not implemented; an error */
};

enum pq_rule_kind {
	PQ_RULE_RESERVED = 0, /* not implemented; an error */
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
 * One row. A member of 0 has no effect. So an offset that a row may omit is
 * stored with 1 added.
 */
struct pq_rule {
	const char *key;
	enum pq_rule_kind kind;
	enum pq_yaml_kind shape; /* for PQ_TAKE; NONE: any */
	bool required;
	size_t at;     /* offset of the member in the object */
	size_t behind; /* offset + 1 of a pointer to the struct of the member */
	size_t line;   /* offset + 1 of the member for the line of the value */
	/*
	 * Offset + 1 of a choice. A map must have exactly one key of all rows
	 * with this offset. The row of that key sets the choice to @chosen.
	 */
	size_t chooses;
	unsigned chosen;
	/* the default, for a missing key */
	uint64_t otherwise;
	const char *otherwise_text;
	/* the permitted values */
	const struct pq_noun *noun;
	const struct pq_word *words;
	unsigned least, most;    /* length of a list; most 0: no limit */
	const char *count_words; /* the message about a wrong length */
	/* the keys of a map, or of each map in a list */
	const struct pq_rule *rows;
	size_t count; /* offset of the number of objects in the list */
	size_t size;  /* size of one object */
	size_t name;  /* offset in an object of the member for its key */
	void (*take)(struct pq_rules *c, const struct pq_yaml *v);
	/*
	 * Check a value after it was set. PQ_MAPS: check each map after it was
	 * filled. PQ_NAMED: check each key before its map is read.
	 */
	void (*check)(struct pq_rules *c, const struct pq_yaml *v);
};

/*
 * The kinds. Each kind fills members of one type, and a member of another type
 * does not compile: a duration does not fit into an unsigned.
 */
#define PQ_MEMBER(T, member, type) \
	(offsetof(T, member) + _Generic(((T *)NULL)->member, type : (size_t)0))

/* text that is not empty; PQ_NAME: text that follows a grammar */
#define PQ_TEXT(T, member) \
	.kind = PQ_RULE_TEXT, .at = PQ_MEMBER(T, member, char *)
#define PQ_NAME(T, member, a_noun) PQ_TEXT(T, member), .noun = &(a_noun)
/* a list of texts; member @n gets their number */
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
/* one word, which sets the member to true */
#define PQ_FLAG(T, member, a_words)                             \
	.kind = PQ_RULE_FLAG, .at = PQ_MEMBER(T, member, bool), \
	.words = (a_words)
/* the name of a file that is not empty; the whole file is read */
#define PQ_FILE(T, member) \
	.kind = PQ_RULE_FILE, .at = PQ_MEMBER(T, member, struct pq_config_file)
/* a map whose keys fill the same object */
#define PQ_MAP(a_rows) .kind = PQ_RULE_MAP, .rows = (a_rows)
/* a list of maps, each an object E; member @n gets their number */
#define PQ_MAPS(T, member, n, E, a_rows)                       \
	.kind = PQ_RULE_MAPS, .at = PQ_MEMBER(T, member, E *), \
	.count = PQ_MEMBER(T, n, size_t), .size = sizeof(E), .rows = (a_rows)
/* a map of maps; the key of each, which follows @a_noun, fills @a_name */
#define PQ_NAMED(T, member, n, E, a_name, a_noun, a_rows)        \
	.kind = PQ_RULE_NAMED, .at = PQ_MEMBER(T, member, E *),  \
	.count = PQ_MEMBER(T, n, size_t), .size = sizeof(E),     \
	.name = PQ_MEMBER(E, a_name, char *), .noun = &(a_noun), \
	.rows = (a_rows)
#define PQ_RESERVED .kind = PQ_RULE_RESERVED
/* read by a function; .rows, if given, name the members to free */
#define PQ_TAKE(a_shape, function) \
	.kind = PQ_RULE_TAKEN, .shape = (a_shape), .take = (function)

/* the member is in the P that @pointer points to; its owner frees it */
#define PQ_BEHIND(T, pointer, P) .behind = 1 + PQ_MEMBER(T, pointer, P *)
/* an unsigned that gets the line of the value */
#define PQ_LINE(T, member) .line = 1 + PQ_MEMBER(T, member, unsigned)
/* an enumeration whose zero means "not chosen" */
#define PQ_CHOOSES(T, member, value) \
	.chooses = 1 + PQ_MEMBER(T, member, unsigned), .chosen = (value)
#define PQ_RULES_END        \
	{                   \
		.key = NULL \
	}

/* Note an error. The load fails, even if the note is lost. */
void pq_rules_mistake(struct pq_rules *c, unsigned line, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Note an error in the value @at; the note begins with the current key. */
void pq_rules_bad(struct pq_rules *c, const struct pq_yaml *at, const char *fmt,
    ...) __attribute__((format(printf, 3, 4)));
/* Return @p. If @p is NULL, memory ran out, and the load will fail. */
void *pq_rules_owned(struct pq_rules *c, void *p);
/* Return: 0 the object can be used; -PQ_ECONFIG; -PQ_ENOMEM */
int pq_rules_outcome(const struct pq_rules *c);
/* Fill c->object from @map. Note unknown keys and missing required keys. */
void pq_rules_walk(
    struct pq_rules *c, const struct pq_yaml *map, const struct pq_rule *rules);
/* Fill one member of c->object from @v; notes begin with the current key. */
void pq_rules_take(
    struct pq_rules *c, const struct pq_rule *r, const struct pq_yaml *v);
/* Set the defaults of @object, then fill it from @map. */
void pq_rules_fill(struct pq_rules *c, void *object, const struct pq_yaml *map,
    const struct pq_rule *rules);
/* Free all members that @rules filled, and set them to NULL. */
void pq_rules_free(void *object, const struct pq_rule *rules);

/* Read decimal digits. Return true if they are a number of at most @max. */
bool pq_rules_number(const char *s, uint64_t max, uint64_t *ret);
/*
 * pq_rules_check_name() - check a text by a grammar, such as <pratique/names.h>
 * Notes an error with the broken rule and the next step.
 * @grammar: returns 0 for a good text; may set err.text to the broken rule
 * @advice:  the next step, or NULL
 * Return:   true if the text follows the grammar
 */
bool pq_rules_check_name(struct pq_rules *c, const struct pq_yaml *v,
    int (*grammar)(struct pq_slice s, struct pq_err *err), const char *advice);

/* Set @to to a copy of the text, and free the old. Empty text is an error. */
void pq_rules_set(struct pq_rules *c, char **to, const struct pq_yaml *v);

#endif
