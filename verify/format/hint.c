/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a callback claims, read from its body.
 *
 * The body is genuine by now, which says that a holder of the secret sent it
 * and nothing about what is in it: with GitHub, who can push also chooses
 * names, labels and refs. So every field is checked against the grammar of
 * what it claims to be before it leaves here, and it leaves as a hint: where
 * to look, never what to believe.
 *
 * Our own form is strict, for we can tell its senders what is wrong. GitHub's
 * grows new members at any time, so there only the fields that we read are
 * judged. Duplicate members are refused in both: two readers of such a body
 * need not agree.
 *
 * Source: GitHub, "Webhook events and payloads"; OCI distribution-spec,
 * "Pulling manifests" (grammar of names and tags); git-check-ref-format(1).
 */
#include <pratique/callback.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <jansson.h>

#include <pratique/digest.h>
#include <pratique/text.h>

#define DEPTH_MAX 32 /* GitHub's deepest needs 8; jansson recurses */
#define GHCR "ghcr.io/"
#define NOT_KEPT ((size_t)-1)
#define REVISION "org.opencontainers.image.revision"

/* 0, or -PQ_EFORMAT and words; as those of <pratique/names.h> */
typedef int grammar(struct pq_slice s, struct pq_err *err);

/* One member of an object and where it goes. */
struct field {
	const char *name;
	size_t offset; /* in struct pq_hint, or NOT_KEPT */
	size_t size;   /* of it, more than the grammar lets pass */
	bool required;
	grammar *check;
};

__attribute__((format(printf, 3, 4))) static int
end(struct pq_hint *h, enum pq_hint_kind kind, const char *fmt, ...)
{
	struct pq_hint r = { .kind = kind };
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(r.reason, sizeof(r.reason), fmt, ap);
	va_end(ap);
	*h = r;
	return 1;
}

static bool
alnum(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9');
}

static int
check_digest(struct pq_slice s, struct pq_err *err)
{
	struct pq_digest d;

	return pq_digest_parse(&d, s) == 0
	    ? 0
	    : pq_err_set(err, PQ_EFORMAT,
		  "expected sha256: and 64 lower-case hex digits");
}

static int
check_commit(struct pq_slice s, struct pq_err *err)
{
	struct pq_oid o;

	return pq_oid_parse(&o, s) == 0
	    ? 0
	    : pq_err_set(
		  err, PQ_EFORMAT, "expected 40 or 64 lower-case hex digits");
}

/* "acme/web" as GitHub writes it */
static bool
is_full_name(struct pq_slice s)
{
	size_t i, slashes = 0;

	if (s.n == 0 || s.n > PQ_REPOSITORY_MAX)
		return false;
	for (i = 0; i < s.n; i++) {
		if (s.p[i] == '/')
			slashes++;
		else if (!alnum(s.p[i]) && strchr("._-", s.p[i]) == NULL)
			return false;
	}
	return slashes == 1 && s.p[0] != '/' && s.p[s.n - 1] != '/';
}

static int
check_full_name(struct pq_slice s, struct pq_err *err)
{
	return is_full_name(s)
	    ? 0
	    : pq_err_set(err, PQ_EFORMAT, "expected owner/name");
}

/* Foreign JSON texts never hold a NUL: jansson refuses \u0000. */
static struct pq_slice
text_of(const json_t *v)
{
	return pq_slice(json_string_value(v), json_string_length(v));
}

static const char *
type_name(const json_t *v)
{
	static const char *const names[] = {
		[JSON_OBJECT] = "an object",
		[JSON_ARRAY] = "an array",
		[JSON_STRING] = "a string",
		[JSON_INTEGER] = "a number",
		[JSON_REAL] = "a number",
		[JSON_TRUE] = "true",
		[JSON_FALSE] = "false",
		[JSON_NULL] = "null",
	};

	return v == NULL ? "nothing" : names[json_typeof(v)];
}

/* 0 and the object, or 1 with the hint ended */
static int
object(const json_t **ret, struct pq_hint *h, const json_t *parent,
    const char *at, const char *name)
{
	const json_t *v = json_object_get(parent, name);

	if (!json_is_object(v))
		return end(h, PQ_HINT_UNREADABLE,
		    "%s/%s: expected an object, found %s", at, name,
		    type_name(v));
	*ret = v;
	return 0;
}

static int
take(struct pq_hint *h, const json_t *o, const char *at, const struct field *f)
{
	const json_t *v = json_object_get(o, f->name);
	struct pq_err err = PQ_ERR_INIT;
	struct pq_slice s;
	char *dst;

	if (v == NULL && !f->required)
		return 0;
	if (!json_is_string(v))
		return end(h, PQ_HINT_UNREADABLE,
		    "%s/%s: expected a string, found %s", at, f->name,
		    type_name(v));
	s = text_of(v);
	if (f->check(s, &err) != 0 || s.n >= f->size)
		return end(h, PQ_HINT_UNREADABLE, "%s/%s: %.300s", at, f->name,
		    err.text);
	if (f->offset == NOT_KEPT)
		return 0;
	dst = (char *)h + f->offset;
	memcpy(dst, s.p, s.n);
	dst[s.n] = '\0';
	return 0;
}

#define FIELD(member)                     \
	offsetof(struct pq_hint, member), \
	    sizeof(((struct pq_hint *)NULL)->member)

static const struct field own_fields[] = {
	{ "digest", FIELD(digest), false, check_digest },
	{ "commit", FIELD(commit), false, check_commit },
	{ "git_tag", FIELD(git_tag), false, pq_name_git_tag },
	/* makes a body another one than the last that said the same */
	{ "id", NOT_KEPT, PQ_DELIVERY_TEXT, false, pq_name_delivery },
};

#define N_OWN (sizeof(own_fields) / sizeof(own_fields[0]))

static int
own_members(struct pq_hint *h, json_t *root)
{
	const char *name;
	json_t *v;
	char text[64];
	size_t i;

	json_object_foreach (root, name, v) {
		if (strcmp(name, "image") == 0)
			continue;
		for (i = 0; i < N_OWN; i++)
			if (strcmp(name, own_fields[i].name) == 0)
				break;
		if (i < N_OWN)
			continue;
		pq_text_escape(text, sizeof(text), pq_slice_str(name));
		return end(h, PQ_HINT_UNREADABLE, "/%s: unknown member", text);
	}
	return 0;
}

/* "host[:port]/repository:tag"; the colon before the last slash is a port's */
static int
take_image(struct pq_hint *h, struct pq_slice s)
{
	struct pq_err err = PQ_ERR_INIT;
	struct pq_slice repository, tag;
	size_t i = s.n;

	while (i > 0 && s.p[i - 1] != ':' && s.p[i - 1] != '/')
		i--;
	if (i == 0 || s.p[i - 1] != ':')
		return end(h, PQ_HINT_UNREADABLE,
		    "/image: expected host/repository:tag");
	repository = pq_slice(s.p, i - 1);
	tag = pq_slice(s.p + i, s.n - i);
	if (pq_name_repository(repository, &err) != 0)
		return end(h, PQ_HINT_UNREADABLE, "/image: %.300s", err.text);
	if (pq_name_tag(tag, &err) != 0)
		return end(h, PQ_HINT_UNREADABLE,
		    "/image: behind the last colon: %.300s", err.text);
	memcpy(h->repository, repository.p, repository.n);
	h->repository[repository.n] = '\0';
	memcpy(h->tag, tag.p, tag.n);
	h->tag[tag.n] = '\0';
	return 0;
}

/* {"image": "host/repo:tag", "digest"?, "commit"?, "git_tag"?, "id"?} */
static int
read_own(struct pq_hint *h, json_t *root)
{
	const json_t *image = json_object_get(root, "image");
	size_t i;

	if (own_members(h, root) != 0)
		return 1;
	if (!json_is_string(image))
		return end(h, PQ_HINT_UNREADABLE,
		    "/image: expected a string, found %s", type_name(image));
	if (take_image(h, text_of(image)) != 0)
		return 1;
	for (i = 0; i < N_OWN; i++)
		if (take(h, root, "", &own_fields[i]) != 0)
			return 1;
	h->kind = PQ_HINT_IMAGE;
	return 0;
}

static bool
all_zero(struct pq_slice s)
{
	size_t i;

	for (i = 0; i < s.n; i++)
		if (s.p[i] != '0')
			return false;
	return true;
}

static int
read_ping(struct pq_hint *h, json_t *root)
{
	(void)root;
	h->kind = PQ_HINT_PING;
	return 0;
}

/*
 * "after" is the tag object of an annotated tag, so it is no commit to
 * compare with anything; "head_commit" is what the tag peels to.
 */
static int
read_push(struct pq_hint *h, json_t *root)
{
	static const struct field name = { "full_name", FIELD(repository), true,
		check_full_name };
	static const struct field id = { "id", FIELD(commit), true,
		check_commit };
	const json_t *ref = json_object_get(root, "ref");
	const json_t *after = json_object_get(root, "after");
	const json_t *head = json_object_get(root, "head_commit");
	const json_t *repository = NULL;
	struct pq_err err = PQ_ERR_INIT;
	struct pq_slice s;

	if (!json_is_string(ref))
		return end(h, PQ_HINT_UNREADABLE,
		    "/ref: expected a string, found %s", type_name(ref));
	if (!json_is_string(after))
		return end(h, PQ_HINT_UNREADABLE,
		    "/after: expected a string, found %s", type_name(after));
	if (check_commit(text_of(after), &err) != 0)
		return end(h, PQ_HINT_UNREADABLE, "/after: %s", err.text);
	s = text_of(ref);
	if (!pq_slice_starts(s, PQ_GIT_TAGS))
		return end(h, PQ_HINT_IGNORED, "push of no tag");
	if (all_zero(text_of(after)) ||
	    json_is_true(json_object_get(root, "deleted")))
		return end(h, PQ_HINT_IGNORED, "deletion of a tag");
	s = pq_slice(
	    s.p + sizeof(PQ_GIT_TAGS) - 1, s.n - sizeof(PQ_GIT_TAGS) + 1);
	if (pq_name_git_tag(s, &err) != 0)
		return end(h, PQ_HINT_UNREADABLE,
		    "/ref: behind " PQ_GIT_TAGS ": %.300s", err.text);
	memcpy(h->git_tag, s.p, s.n);
	h->git_tag[s.n] = '\0';
	if (object(&repository, h, root, "", "repository") != 0 ||
	    take(h, repository, "/repository", &name) != 0)
		return 1;
	if (json_is_object(head) && take(h, head, "/head_commit", &id) != 0)
		return 1;
	h->kind = PQ_HINT_GIT_TAG;
	return 0;
}

/* ghcr.io/<namespace>/<name>: names are case-preserving, images lower-case */
static int
take_package(struct pq_hint *h, const json_t *package, const char *at)
{
	const json_t *ns = json_object_get(package, "namespace");
	const json_t *name = json_object_get(package, "name");
	size_t i, skip = sizeof(GHCR) - 1;
	struct pq_err err = PQ_ERR_INIT;
	int n;

	if (!json_is_string(ns) || !json_is_string(name))
		return end(h, PQ_HINT_UNREADABLE,
		    "%s/%s: expected a string, found %s", at,
		    json_is_string(ns) ? "name" : "namespace",
		    type_name(json_is_string(ns) ? name : ns));
	n = snprintf(h->repository, sizeof(h->repository), GHCR "%s/%s",
	    json_string_value(ns), json_string_value(name));
	if (n < 0 || (size_t)n >= sizeof(h->repository))
		return end(h, PQ_HINT_UNREADABLE, "%s/name: too long", at);
	for (i = skip; h->repository[i] != '\0'; i++)
		if (h->repository[i] >= 'A' && h->repository[i] <= 'Z')
			h->repository[i] = (char)(h->repository[i] - 'A' + 'a');
	if (pq_name_path(pq_slice_str(h->repository + skip), &err) != 0)
		return end(h, PQ_HINT_UNREADABLE,
		    "%s/name: behind the namespace and a slash: %.300s", at,
		    err.text);
	return 0;
}

/* Labels are whatever the image says; one that is no commit is no hint. */
static void
take_revision(struct pq_hint *h, const json_t *metadata)
{
	const json_t *v = json_object_get(
	    json_object_get(json_object_get(metadata, "labels"), "all_labels"),
	    REVISION);
	struct pq_slice s;

	if (!json_is_string(v))
		return;
	s = text_of(v);
	if (s.n >= sizeof(h->commit) || check_commit(s, NULL) != 0)
		return;
	memcpy(h->commit, s.p, s.n);
	h->commit[s.n] = '\0';
}

/* tag.digest, or else manifest.digest; GitHub leaves either one empty */
static int
take_digest(struct pq_hint *h, const json_t *metadata, const json_t *tag,
    const char *at)
{
	const json_t *v = json_object_get(tag, "digest");
	struct pq_err err = PQ_ERR_INIT;

	if (!json_is_string(v) || json_string_length(v) == 0)
		v = json_object_get(
		    json_object_get(metadata, "manifest"), "digest");
	if (!json_is_string(v) || json_string_length(v) == 0)
		return 0;
	if (check_digest(text_of(v), &err) != 0)
		return end(h, PQ_HINT_UNREADABLE,
		    "%s/package_version/container_metadata: digest: %s", at,
		    err.text);
	memcpy(h->digest, json_string_value(v), json_string_length(v) + 1);
	return 0;
}

static int
read_package(struct pq_hint *h, json_t *root, const char *member)
{
	static const struct field name = { "name", FIELD(tag), true,
		pq_name_tag };
	const json_t *action = json_object_get(root, "action");
	const json_t *package = NULL, *version = NULL, *metadata, *tag, *v;
	char at[64], below[160];

	if (!json_is_string(action))
		return end(h, PQ_HINT_UNREADABLE,
		    "/action: expected a string, found %s", type_name(action));
	if (!pq_slice_eq_str(text_of(action), "published"))
		return end(h, PQ_HINT_IGNORED, "a package, but not published");
	if (object(&package, h, root, "", member) != 0)
		return 1;
	(void)snprintf(at, sizeof(at), "/%s", member);
	if (object(&version, h, package, at, "package_version") != 0)
		return 1;
	metadata = json_object_get(version, "container_metadata");
	if (!json_is_object(metadata)) /* package_type is unreliable */
		return end(h, PQ_HINT_IGNORED, "not a container image");
	tag = json_object_get(metadata, "tag");
	v = json_object_get(tag, "name");
	/* children of an index and signatures come without a tag */
	if (!json_is_object(tag) || v == NULL || json_is_null(v) ||
	    (json_is_string(v) && json_string_length(v) == 0))
		return end(h, PQ_HINT_IGNORED, "an image without a tag");
	(void)snprintf(below, sizeof(below),
	    "%s/package_version/container_metadata/tag", at);
	if (take(h, tag, below, &name) != 0 ||
	    take_package(h, package, at) != 0 ||
	    take_digest(h, metadata, tag, at) != 0)
		return 1;
	take_revision(h, metadata);
	h->kind = PQ_HINT_IMAGE;
	return 0;
}

static int
read_registry_package(struct pq_hint *h, json_t *root)
{
	return read_package(h, root, "registry_package");
}

static int
read_plain_package(struct pq_hint *h, json_t *root)
{
	return read_package(h, root, "package");
}

static const struct {
	const char *name;
	int (*read)(struct pq_hint *, json_t *);
} events[] = {
	{ "ping", read_ping },
	{ "push", read_push },
	{ "registry_package", read_registry_package },
	{ "package", read_plain_package },
	{ "pratique", read_own },
	{ "", read_own },
};

static int
read_event(struct pq_hint *h, struct pq_slice event, json_t *root)
{
	char text[64];
	size_t i;

	for (i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		if (pq_slice_eq_str(event, events[i].name))
			return events[i].read(h, root);
	pq_text_escape(text, sizeof(text), event);
	return end(h, PQ_HINT_IGNORED, "event \"%s\"", text);
}

/* Nesting, counted before anything recurses over it. */
static bool
too_deep(struct pq_slice s)
{
	bool in_text = false;
	size_t i, depth = 0;

	for (i = 0; i < s.n; i++) {
		uint8_t c = s.p[i];

		if (in_text && c == '\\')
			i++;
		else if (c == '"')
			in_text = !in_text;
		else if (!in_text && (c == '{' || c == '['))
			depth++;
		else if (!in_text && (c == '}' || c == ']') && depth > 0)
			depth--;
		if (depth > DEPTH_MAX)
			return true;
	}
	return false;
}

/* Absent, or application/json with or without parameters. */
static bool
is_json(struct pq_slice s)
{
	static const char type[] = "application/json";
	size_t n = sizeof(type) - 1;

	if (s.n == 0)
		return true;
	if (s.n < n || strncasecmp((const char *)s.p, type, n) != 0)
		return false;
	return s.n == n || s.p[n] == ';' || s.p[n] == ' ';
}

static int
load(json_t **ret, struct pq_hint *h, struct pq_slice body)
{
	json_error_t e;
	json_t *root;
	char text[200];

	if (body.n == 0 || body.n > PQ_BODY_MAX)
		return end(
		    h, PQ_HINT_UNREADABLE, "a body of %zu bytes", body.n);
	if (too_deep(body))
		return end(h, PQ_HINT_UNREADABLE, "JSON nested deeper than %d",
		    DEPTH_MAX);
	root = json_loadb(
	    (const char *)body.p, body.n, JSON_REJECT_DUPLICATES, &e);
	if (root == NULL) {
		if (json_error_code(&e) == json_error_out_of_memory)
			return -PQ_ENOMEM;
		pq_text_escape(text, sizeof(text), pq_slice_str(e.text));
		return end(h, PQ_HINT_UNREADABLE,
		    "not JSON: line %d column %d: %s", e.line, e.column, text);
	}
	if (!json_is_object(root)) {
		(void)end(h, PQ_HINT_UNREADABLE,
		    "/: expected an object, found %s", type_name(root));
		json_decref(root);
		return 1;
	}
	*ret = root;
	return 0;
}

int
pq_hint_read(
    struct pq_hint *ret, enum pq_scheme scheme, const struct pq_callback *cb)
{
	struct pq_hint h = { 0 };
	json_t *root = NULL;
	int r;

	if (scheme != PQ_SCHEME_GITHUB && scheme != PQ_SCHEME_STANDARD) {
		(void)end(ret, PQ_HINT_UNREADABLE, "no scheme");
		return 0;
	}
	if (!is_json(cb->content_type)) {
		(void)end(ret, PQ_HINT_UNREADABLE,
		    "content type: expected application/json");
		return 0;
	}
	r = load(&root, &h, cb->body);
	if (r < 0)
		return r;
	if (r == 0 && scheme == PQ_SCHEME_GITHUB)
		(void)read_event(&h, cb->github_event, root);
	else if (r == 0)
		(void)read_own(&h, root);
	json_decref(root);
	*ret = h;
	return 0;
}
