/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_CONFIG_RULES_H
#define AGENT_CONFIG_RULES_H

/*
 * The schema: one table per object, each row a key, what it holds and the
 * function that takes it. A key that is not in its table is a mistake, and so
 * is one whose check is not built yet: a policy that is quietly not enforced
 * is worse than none.
 */
#include <pratique/names.h>

#include "config/schema.h"

/* One file being read. */
struct pq_rules {
	const char *file;
	const char *key; /* whose value is being taken; NULL: the document */
	struct pq_config_notes *notes;
	const struct pq_schema_files *files;
	struct pq_config *main;
	struct pq_config_service *service;
	/* the object of a list or map that is being filled */
	struct pq_config_registry *registry;
	struct pq_config_git *git;
	struct pq_config_operator *operator;
	struct pq_config_endpoint *endpoint;
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

struct pq_rule {
	const char *key;
	enum pq_yaml_kind kind; /* NONE: any */
	bool required;
	void (*take)(
	    struct pq_rules *c, const struct pq_yaml *v); /* NULL: unbuilt */
};

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
/* every key by its rule, every required key there; @rules ends with NULL */
void pq_rules_walk(
    struct pq_rules *c, const struct pq_yaml *map, const struct pq_rule *rules);

/* what a value may be */
bool pq_rules_number(const char *s, uint64_t max, uint64_t *ret);
/*
 * pq_rules_name() - is a value of a grammar of <pratique/names.h>?
 * If it is not, that is a mistake whose note names the broken rule.
 * @advice: the next step, as in "write host or host:port"
 */
bool pq_rules_name(struct pq_rules *c, const struct pq_yaml *v,
    int (*grammar)(struct pq_slice s, struct pq_err *err), const char *advice);

/* the value into @to, which is owned; anything else is a mistake */
void pq_rules_set(struct pq_rules *c, char **to, const struct pq_yaml *v);
void pq_rules_set_secret_name(
    struct pq_rules *c, char **to, const struct pq_yaml *v);
/* whether it was one */
bool pq_rules_set_number(
    struct pq_rules *c, unsigned *to, const struct pq_yaml *v, unsigned max);
/* seconds */
void pq_rules_set_duration(
    struct pq_rules *c, uint64_t *to, const struct pq_yaml *v);
/* the index of the word; @words ends with NULL */
void pq_rules_set_choice(struct pq_rules *c, unsigned *to,
    const struct pq_yaml *v, const char *const *words);
void pq_rules_append(
    struct pq_rules *c, char ***list, size_t *n, const struct pq_yaml *v);

#endif
