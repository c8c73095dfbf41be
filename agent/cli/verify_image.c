/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `pratique verify image` fetches the same evidence as the agent, composes the
 * same document and judges it by the same functions. Only the list of checks
 * differs: with --policy it has all checks of the policy, and with --key only
 * those of the image.
 *
 * If a registry or git host cannot be reached, the finding is pending, and the
 * command ends with "could not examine". If only the git host cannot be
 * reached, the command also prints the findings about the image. The overall
 * status is still not "pass".
 */
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <pratique/claims.h>
#include <pratique/evidence.h>
#include <pratique/pubkey.h>
#include <pratique/template.h>

#include "cli/cli.h"
#include "cli/input.h"
#include "cli/output.h"
#include "config/load.h"
#include "net/layout.h"
#include "net/reference.h"
#include "net/connector.h"
#include "net/session.h"

#define PEM_MAX 16384
#define ROLE "fetch" /* the command uses the credentials of this role */
#define SERVICES "services.d"

struct work {
	const struct cli *c;
	struct pq_reference ref;
	struct pq_config *config;                /* NULL: not given */
	const struct pq_config_service *service; /* has the policy */
	struct pq_gather *image, *git;
	struct pq_findings findings;
	bool named; /* a signed payload names a repository */
	/* for --key: a service whose policy has only this key */
	struct pq_buf pem;
	struct pq_policy key_policy;
	struct pq_requirement key_requirement;
	struct pq_material key_material;
	struct pq_config_file key_file;
	struct pq_config_service key_service;
	/* the registry */
	const struct pq_config *net;
	const struct pq_config_registry *registry;
	const char *role; /* NULL: no credential is used */
	/* for a registry that is not in the configuration */
	struct pq_config own_net;
	struct pq_config_registry own_registry;
	char origin[PQ_ORIGIN_TEXT];
};

static void
work_free(struct work *w)
{
	pq_gather_free(w->image);
	pq_gather_free(w->git);
	pq_config_free(w->config);
	pq_findings_free(&w->findings);
	pq_buf_free(&w->pem);
}

/* Add a finding about the whole image. */
static void
add_finding(
    struct work *w, enum pq_check check, enum pq_status s, const char *why)
{
	pq_findings_add(&w->findings, check, s, w->c->operand, "", "%s", why);
}

/* Add a finding about evidence that could not be fetched. */
static void
add_gather(struct work *w, enum pq_check check, const struct pq_gather *g)
{
	add_finding(w, check,
	    g->result == PQ_GATHER_PENDING ? PQ_PENDING : PQ_FAIL, g->reason);
}

/* ---- the policy ---------------------------------------------------- */

static int
load_config(struct work *w, const char *dir)
{
	struct pq_config_notes notes = { 0 };
	int r = pq_config_load(&w->config, dir, &notes);

	if (r != 0)
		cli_print_notes(&notes);
	pq_config_notes_free(&notes);
	return r == 0 ? 0
		      : cli_fail(CLI_NOT_EXAMINED,
			    "%s: the configuration has errors; `pratique "
			    "check-config` lists them",
			    dir);
}

/* Cut off the last part of a path, and return it. NULL: it is the only part. */
static char *
cut_last(char *path)
{
	char *slash = strrchr(path, '/');

	if (slash == NULL || slash == path)
		return NULL;
	*slash = '\0';
	return slash + 1;
}

static const struct pq_config_service *
service_of_file(const struct pq_config *c, const char *base)
{
	char name[300];
	size_t i;

	(void)snprintf(name, sizeof(name), SERVICES "/%s", base);
	for (i = 0; i < c->n_services; i++)
		if (strcmp(c->services[i].files[0].name, name) == 0)
			return &c->services[i];
	return NULL;
}

/*
 * Load the policy DIR/services.d/NAME.yaml. Like the agent, the command loads
 * all of DIR, because pratique.yaml can make a service's file invalid.
 */
static int
load_policy(struct work *w)
{
	pq_auto(pq_autofree) char *path = realpath(w->c->policy, NULL);
	const char *base, *parent;
	int r;

	if (path == NULL)
		return cli_fail(CLI_NOT_EXAMINED, "--policy %s: %s",
		    w->c->policy, strerror(errno));
	base = cut_last(path);
	parent = base == NULL ? NULL : cut_last(path);
	if (parent == NULL || strcmp(parent, SERVICES) != 0)
		return cli_fail(CLI_USAGE,
		    "--policy: expected DIR/" SERVICES
		    "/NAME.yaml, the file of "
		    "a service in the configuration directory DIR");
	r = load_config(w, path);
	if (r != 0)
		return r;
	w->service = service_of_file(w->config, base);
	return w->service != NULL ? 0
				  : cli_fail(CLI_NOT_EXAMINED,
					"--policy %s: the configuration has "
					"no service with this file",
					w->c->policy);
}

/* Return @s without const, for a member that nothing changes or frees. */
static char *
borrow_text(const char *s)
{
	return (char *)(uintptr_t)s;
}

static int
load_key(struct work *w)
{
	pq_auto(pq_pubkey_freep) struct pq_pubkey *key = NULL;
	struct pq_policy *p = &w->key_policy;
	struct pq_err err = PQ_ERR_INIT;
	int r = cli_read_file(&w->pem, w->c->key, PEM_MAX);

	if (r != 0)
		return r;
	if (pq_pubkey_parse(&key, pq_buf_view(&w->pem), &err) != 0)
		return cli_fail(
		    CLI_NOT_EXAMINED, "%s: %s", w->c->key, err.text);
	if (pq_digest_of(&p->hash, pq_buf_view(&w->pem)) != 0)
		return cli_fail(CLI_NOT_EXAMINED,
		    "%s: the SHA-256 digest cannot be computed", w->c->key);
	p->service = borrow_text("");
	p->image = w->ref.image;
	p->version_from = PQ_VERSION_TAG;
	w->key_material = (struct pq_material){
		.name = borrow_text(w->c->key), .p = w->pem.p, .n = w->pem.n
	};
	w->key_requirement =
	    (struct pq_requirement){ .kind = PQ_KIND_COSIGN_KEY,
		    .threshold = 1,
		    .v = &w->key_material,
		    .n = 1 };
	p->requirements = &w->key_requirement;
	p->n_requirements = 1;
	w->key_file = (struct pq_config_file){ borrow_text(w->c->key), w->pem.p,
		w->pem.n };
	w->key_service.policy = p;
	w->key_service.files = &w->key_file;
	w->key_service.n_files = 1;
	w->service = &w->key_service;
	return 0;
}

/* ---- fetching ----------------------------------------------------- */

static int
own_registry(struct work *w)
{
	size_t n = strcspn(w->ref.image, "/");

	memcpy(w->origin, w->ref.image, n);
	w->origin[n] = '\0';
	if (w->c->plain_http && !pq_config_loopback(pq_slice_str(w->origin)))
		return cli_fail(CLI_USAGE,
		    "--plain-http: %s is not a loopback address", w->origin);
	w->own_registry = (struct pq_config_registry){ .origin = w->origin,
		.plain_http = w->c->plain_http };
	w->own_net = (struct pq_config){ .registries = &w->own_registry,
		.n_registries = 1 };
	w->net = &w->own_net;
	w->registry = &w->own_registry;
	return 0;
}

/* Find the entry of the registry in the configuration, or make an entry. */
static int
find_registry(struct work *w)
{
	int r;

	if (w->config == NULL && w->c->config_dir != NULL) {
		r = load_config(w, w->c->config_dir);
		if (r != 0)
			return r;
	}
	w->net = w->config;
	w->role = ROLE;
	w->registry = w->config == NULL
	    ? NULL
	    : pq_config_registry(w->config, w->ref.image);
	if (w->registry == NULL) {
		w->role = NULL;
		return own_registry(w);
	}
	return w->c->plain_http
	    ? cli_fail(CLI_USAGE,
		  "--plain-http: does not apply to %s: the configuration has "
		  "an entry for this registry",
		  w->registry->origin)
	    : 0;
}

/* A session and its connector. */
struct link {
	struct pq_connector connector;
	struct pq_session *session;
};

static void
close_link(struct link *l)
{
	pq_session_close(l->session);
	pq_connector_close(&l->connector);
}

/* Fork the connector first, before this process reads a credential. */
static int
open_link(struct link *ret, const struct pq_session_of *of, const char *role,
    struct pq_err *err)
{
	struct pq_origins origins;
	int r = pq_session_origins(&origins, of, err);

	*ret = (struct link){ .connector = { .fd = -1 } };
	if (r == 0)
		r = pq_connector_fork(&ret->connector, &origins, err);
	if (r == 0)
		r = pq_http_global(err);
	if (r == 0)
		r = pq_session_open(
		    &ret->session, of, role, &ret->connector, NULL, err);
	if (r != 0)
		close_link(ret);
	return r;
}

static void
fetch_image(struct work *w)
{
	const struct pq_session_of of = { w->net, w->registry, NULL };
	struct link l;
	struct pq_err err = PQ_ERR_INIT;
	char ask[PQ_REFERENCE_ASK_MAX];
	int r = open_link(&l, &of, w->role, &err);

	if (r != 0) {
		pq_gather_fault(w->image, r, &err);
		return;
	}
	pq_reference_ask(ask, &w->ref);
	pq_session_image(l.session, w->image, w->ref.image, ask,
	    pq_gather_architecture(), pq_policy_artifacts(w->service->policy));
	close_link(&l);
}

static void
read_layout(struct work *w)
{
	struct pq_layout *l = NULL;
	struct pq_err err = PQ_ERR_INIT;
	struct pq_oci_source source;
	char ask[PQ_REFERENCE_ASK_MAX];
	int r = pq_layout_open(&l, w->c->layout, &err);

	if (r != 0) {
		pq_gather_fault(w->image, r, &err);
		return;
	}
	pq_reference_ask(ask, &w->ref);
	source = pq_layout_source(l);
	pq_gather_image(w->image, &source, ask, pq_gather_architecture(),
	    pq_policy_artifacts(w->service->policy));
	pq_layout_close(l);
}

/* Fetch the git tag whose name the policy makes from the image tag. */
static void
fetch_tag(struct work *w, const char *git_tag)
{
	const char *url = w->service->policy->git_url;
	const struct pq_session_of of = { w->config, NULL,
		pq_config_git(w->config, url) };
	struct link l;
	struct pq_err err = PQ_ERR_INIT;
	int r = open_link(&l, &of, ROLE, &err);

	if (r != 0) {
		pq_gather_fault(w->git, r, &err);
		return;
	}
	pq_session_tag(l.session, w->git, url, git_tag);
	close_link(&l);
}

/* ---- judging ------------------------------------------------------ */

/*
 * Return true if this finding is about a Sigstore bundle. A bundle does not
 * name a repository, so its finding about the repository always passes.
 */
static bool
is_of_bundle(const struct pq_finding *f, const struct pq_proof *proof)
{
	char text[PQ_DIGEST_TEXT];
	struct pq_digest d;
	size_t i;

	for (i = 0; i < proof->n; i++) {
		if (proof->v[i].form != PQ_FORM_DSSE ||
		    pq_digest_of(&d, proof->v[i].payload) != 0)
			continue;
		pq_digest_format(text, &d);
		if (strcmp(f->subject, text) == 0)
			return true;
	}
	return false;
}

/*
 * Return true if this finding shows the repository of the image. A layout does
 * not say where it was copied from. Only the signed payload of a simple-signing
 * signature names the repository, and each signature has its own finding.
 */
static bool
shows_repository(const struct work *w, const struct pq_finding *f,
    const struct pq_proof *proof)
{
	return w->c->layout == NULL ||
	    (strcmp(f->spec, PQ_RULE_SIGNED_AS) == 0 &&
		!is_of_bundle(f, proof));
}

/* Return true if this finding belongs to the answer. */
static bool
is_wanted(const struct work *w, const struct pq_finding *f,
    const struct pq_proof *proof)
{
	if (w->c->key != NULL)
		return f->check == PQ_CHECK_IMAGE_DIGEST ||
		    f->check == PQ_CHECK_IMAGE_PLATFORM ||
		    f->check == PQ_CHECK_IMAGE_SIGNATURE;
	return f->check != PQ_CHECK_IMAGE_REPOSITORY ||
	    shows_repository(w, f, proof);
}

static void
take_findings(struct work *w, const struct pq_verdict *v)
{
	const struct pq_findings *f = &v->findings;
	size_t i;

	for (i = 0; i < f->n; i++)
		if (is_wanted(w, &f->v[i], &v->proof))
			pq_findings_put(&w->findings, &f->v[i]);
	if (f->fault != 0)
		w->findings.fault = f->fault;
}

/* Return true if a signed payload names a repository. */
static bool
names_repository(const struct pq_proof *proof)
{
	size_t i;

	for (i = 0; i < proof->n; i++)
		if (proof->v[i].form == PQ_FORM_SIMPLE)
			return true;
	return false;
}

static int
judge_document(struct work *w, const struct pq_policy *policy,
    struct pq_slice document, int64_t now)
{
	struct pq_verdict *v = calloc(1, sizeof(*v));
	struct pq_evidence *ev = NULL;
	struct pq_err err = PQ_ERR_INIT;
	int r = v == NULL ? -PQ_ENOMEM : pq_evidence_parse(&ev, document, &err);

	if (r == 0)
		r = pq_verdict_judge(v, policy, ev, now);
	if (r == 0)
		cli_fail_pending_signature(v);
	if (r == 0) {
		w->named = names_repository(&v->proof);
		take_findings(w, v);
		pq_verdict_free(v);
	}
	pq_evidence_free(ev);
	free(v);
	return r;
}

/* @with_source: the git tag was fetched, or the policy has no source */
static int
judge_evidence(struct work *w, bool with_source)
{
	struct pq_config_service service = *w->service;
	struct pq_policy policy = *w->service->policy;
	struct pq_buf doc = PQ_BUF_INIT(PQ_EVIDENCE_MAX);
	int64_t now = (int64_t)time(NULL);
	int r;

	if (!with_source)
		policy.git_url = NULL;
	service.policy = &policy;
	r = pq_gather_compose(&doc, &service, w->ref.tag, now, w->image,
	    with_source ? w->git : NULL);
	if (r == 0)
		r = judge_document(w, &policy, pq_buf_view(&doc), now);
	pq_buf_free(&doc);
	return r == 0
	    ? 0
	    : cli_fail(CLI_NOT_EXAMINED, "the evidence cannot be judged: %s",
		  pq_fault_text(r));
}

/* Judge the tag and the digest by `track` and `deny`, as deploy does. */
static void
judge_names(struct work *w)
{
	const struct pq_config_service *s = w->service;
	char digest[PQ_DIGEST_TEXT];
	size_t i;

	if (s->policy->track != NULL && w->ref.tag[0] != '\0' &&
	    fnmatch(s->policy->track, w->ref.tag, 0) != 0)
		add_finding(w, PQ_CHECK_IMAGE_REPOSITORY, PQ_FAIL,
		    "the tag does not match `track` in the policy");
	pq_digest_format(digest, &w->image->digest);
	for (i = 0; i < s->n_deny; i++)
		if (strcmp(s->deny[i], digest) == 0)
			add_finding(w, PQ_CHECK_IMAGE_DIGEST, PQ_FAIL,
			    "`deny` in the policy lists this digest");
}

static int
examine_source(struct work *w)
{
	const struct pq_policy *policy = w->service->policy;
	char git_tag[PQ_GIT_TAG_TEXT];
	struct pq_err err = PQ_ERR_INIT;
	int r = pq_template_expand(git_tag, pq_slice_str(policy->git_tag),
	    pq_slice_str(w->ref.tag), &err);

	if (r != 0) {
		add_finding(w, PQ_CHECK_SOURCE_VERSION, PQ_FAIL, err.text);
		return judge_evidence(w, false);
	}
	w->git = pq_gather_new();
	if (w->git == NULL)
		return cli_fail(CLI_NOT_EXAMINED, "out of memory");
	fetch_tag(w, git_tag);
	if (w->git->result == PQ_GATHER_FETCHED)
		return judge_evidence(w, true);
	r = judge_evidence(w, false);
	add_gather(w, PQ_CHECK_SOURCE_REPOSITORY, w->git);
	return r;
}

static int
examine_image(struct work *w)
{
	const struct pq_policy *policy = w->service->policy;

	/* the command contacts only the configured repository */
	if (w->c->layout == NULL && strcmp(w->ref.image, policy->image) != 0) {
		pq_findings_add(&w->findings, PQ_CHECK_IMAGE_REPOSITORY,
		    PQ_FAIL, w->ref.image, "",
		    "not from %s, the repository that the policy configures",
		    policy->image);
		return 0;
	}
	w->image = pq_gather_new();
	if (w->image == NULL)
		return cli_fail(CLI_NOT_EXAMINED, "out of memory");
	if (w->c->layout != NULL)
		read_layout(w);
	else
		fetch_image(w);
	if (w->image->result != PQ_GATHER_FETCHED) {
		add_gather(w, PQ_CHECK_IMAGE_DIGEST, w->image);
		return 0;
	}
	judge_names(w);
	return policy->git_url != NULL ? examine_source(w)
				       : judge_evidence(w, true);
}

/* ---- usage -------------------------------------------------------- */

static int
check_usage(struct work *w)
{
	const struct cli *c = w->c;
	struct pq_err err = PQ_ERR_INIT;
	int r;

	if ((c->policy == NULL) == (c->key == NULL))
		return cli_fail(CLI_USAGE,
		    "verify image: give either --policy FILE or --key PEM");
	if (c->plain_http && (c->layout != NULL || c->policy != NULL))
		return cli_fail(CLI_USAGE,
		    "--plain-http: applies only to --key without --layout");
	r = c->layout != NULL
	    ? pq_reference_parse_local(&w->ref, c->operand, &err)
	    : pq_reference_parse(&w->ref, c->operand, &err);
	return r == 0 ? 0
		      : cli_fail(CLI_USAGE, "verify image: REF: %s", err.text);
}

static bool
compares_tag(const struct pq_policy *p)
{
	return p->git_url != NULL || p->version_from != PQ_VERSION_TAG;
}

static int
prepare_work(struct work *w)
{
	int r = check_usage(w);

	if (r == 0)
		r = w->c->policy != NULL ? load_policy(w) : load_key(w);
	if (r == 0 && w->c->layout == NULL)
		r = find_registry(w);
	if (r == 0 && w->ref.tag[0] == '\0' && compares_tag(w->service->policy))
		r = cli_fail(CLI_USAGE,
		    "verify image: REF needs a tag, as TAG or TAG@sha256:...: "
		    "this policy compares it with a git tag or with signed "
		    "content");
	return r;
}

static void
note_layout(const struct work *w)
{
	(void)fputs(w->named
		? "pratique: image.repository is judged by the signed text "
		  "alone: a layout does not show where it came from\n"
		: "pratique: image.repository is not judged: a layout does not "
		  "show where it came from, and its signed text does not name "
		  "a repository\n",
	    stderr);
}

int
cli_verify_image(const struct cli *c)
{
	static const struct pq_digest unknown;
	struct work *w = calloc(1, sizeof(*w));
	int r;

	if (w == NULL)
		return cli_fail(CLI_NOT_EXAMINED, "out of memory");
	w->c = c;
	r = prepare_work(w);
	if (r == 0)
		r = examine_image(w);
	if (r == 0 && c->layout != NULL && c->policy != NULL)
		note_layout(w);
	if (r == 0)
		r = cli_print_verdict(c, &w->findings,
		    w->image != NULL ? &w->image->digest : &unknown,
		    c->policy != NULL ? c->policy : c->key);
	work_free(w);
	free(w);
	return r;
}
