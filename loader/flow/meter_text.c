// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The text of a meter, both ways; see meter_text.h.
 */
#include "meter_text.h"

#include <errno.h>

#include "flow_lex.h"

struct parser {
	struct lexer lex;
	struct parse_error *err;
	struct meter_config config;
	__u64 id; /* 0: not seen */
	struct word rate_kind; /* kbps or pktps; .s NULL: not seen */
	struct word burst;
	struct word band; /* "type" of the one that there is */
	struct word burst_size;
};

static int need_value(struct parser *p, const struct word *name, const struct word *value)
{
	if (value->s && value->len)
		return 0;
	return parse_fail(p->err, name, "'%s' needs a value: %s=...", word_shown(name).s,
			  word_shown(name).s);
}

static int set_id(struct parser *p, const struct word *name, const struct word *value)
{
	int rc = need_value(p, name, value);

	if (rc)
		return rc;
	if (p->id)
		return parse_fail(p->err, name, "'meter' is given twice");
	rc = word_to_number(value, "meter", METER_ID_MAX, &p->id, p->err);
	if (!rc && !p->id)
		rc = parse_fail(p->err, value, "'meter': 0 is out of range (1 to %u)",
				METER_ID_MAX);
	return rc;
}

static int set_flag(struct parser *p, const struct word *name)
{
	bool kbps = word_is(name, "kbps");

	if (kbps || word_is(name, "pktps")) {
		if (p->rate_kind.s && kbps != p->config.bytes)
			return parse_fail(p->err, name, "'kbps' and 'pktps' exclude each other");
		p->rate_kind = *name;
		p->config.bytes = kbps;
		return 0;
	}
	if (word_is(name, "burst"))
		p->burst = *name;
	else
		p->config.stats = true;
	return 0;
}

/* The words in front of "bands=". */
static int parse_meter_word(struct parser *p, const struct word *name, const struct word *value)
{
	static const char *const flags[] = {"kbps", "pktps", "burst", "stats"};

	if (word_is(name, "meter"))
		return set_id(p, name, value);
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if (!word_is(name, flags[i]))
			continue;
		if (value->s)
			return parse_fail(p->err, value, "'%s' takes no value", flags[i]);
		return set_flag(p, name);
	}
	if (word_is(name, "rate") || word_is(name, "burst_size") || word_is(name, "type"))
		return parse_fail(p->err, name, "'%s' is a band's: it stands behind 'bands='",
				  word_shown(name).s);
	return parse_fail(p->err, name, "unknown keyword '%s'", word_shown(name).s);
}

static int set_number(struct parser *p, const struct word *name, const struct word *value,
		      __u32 *out)
{
	__u64 n = 0;
	int rc = need_value(p, name, value);

	if (rc)
		return rc;
	if (*out)
		return parse_fail(p->err, name, "'%s' is given twice", word_shown(name).s);
	rc = word_to_number(value, word_shown(name).s, 0xffffffff, &n, p->err);
	if (!rc && !n)
		rc = parse_fail(p->err, value, "'%s' is above 0", word_shown(name).s);
	*out = (__u32)n;
	return rc;
}

static int set_band_type(struct parser *p, const struct word *name, const struct word *value)
{
	int rc = need_value(p, name, value);

	if (rc)
		return rc;
	if (p->band.s)
		return parse_fail(p->err, name, "a meter has one band");
	if (!word_is(value, "drop"))
		return parse_fail(p->err, value,
				  "band type '%s' is not supported: a band has 'type=drop'",
				  word_shown(value).s);
	p->band = *name;
	return 0;
}

static int parse_band_word(struct parser *p, const struct word *name, const struct word *value)
{
	if (word_is(name, "type"))
		return set_band_type(p, name, value);
	if (!p->band.s)
		return parse_fail(p->err, name, "a band begins with 'type=drop'");
	if (word_is(name, "rate"))
		return set_number(p, name, value, &p->config.rate);
	if (word_is(name, "burst_size")) {
		p->burst_size = *name;
		return set_number(p, name, value, &p->config.burst);
	}
	return parse_fail(p->err, name, "unknown keyword '%s' of a band", word_shown(name).s);
}

static int check(struct parser *p)
{
	struct word all = {.s = p->lex.text, .len = strcspn(p->lex.text, " \t,")};

	if (!p->id)
		return parse_fail(p->err, &all, "'meter=...' is missing");
	if (!p->rate_kind.s)
		return parse_fail(p->err, &all, "a meter needs 'kbps' or 'pktps'");
	if (!p->band.s)
		return parse_fail(p->err, &all, "'bands=type=drop,rate=...' is missing");
	if (!p->config.rate)
		return parse_fail(p->err, &p->band, "a band needs 'rate=...'");
	if (p->burst.s && !p->burst_size.s)
		return parse_fail(p->err, &p->burst, "'burst' needs 'burst_size=...' in the band");
	if (!p->burst.s && p->burst_size.s)
		return parse_fail(p->err, &p->burst_size,
				  "'burst_size' needs 'burst' in front of 'bands='");
	return 0;
}

static int parse(struct parser *p)
{
	bool bands = false;
	struct word name, value;
	int rc;

	while ((rc = lex_field(&p->lex, &name, &value, p->err)) > 0) {
		if (!bands && (word_is(&name, "bands") || word_is(&name, "band"))) {
			bands = true;
			rc = value.s ? 0 : need_value(p, &name, &value);
			/* The first word of the band is this one's value. */
			p->lex.pos = name.column + name.len + 1;
		} else {
			rc = bands ? parse_band_word(p, &name, &value)
				   : parse_meter_word(p, &name, &value);
		}
		if (rc)
			return rc;
	}
	return rc ? rc : check(p);
}

int meter_parse(const char *text, __u32 *id, struct meter_config *out, struct parse_error *err)
{
	struct parser p = {.lex = {.text = text}, .err = err};
	int rc = parse(&p);

	if (rc)
		return rc;
	*id = (__u32)p.id;
	*out = p.config;
	return 0;
}

int meter_id_parse(const char *text, __u32 *id, struct parse_error *err)
{
	struct lexer lex = {.text = text};
	struct word name, value;
	__u64 n = 0;
	int rc = lex_field(&lex, &name, &value, err);

	*id = 0;
	if (rc <= 0)
		return rc;
	if (value.s && !word_is(&name, "meter"))
		return parse_fail(err, &name, "'%s' has no meaning here: 'meter=...' has",
				  word_shown(&name).s);
	if (!value.s)
		value = name;
	if (!word_is_nocase(&value, "all")) {
		rc = word_to_number(&value, "meter", METER_ID_MAX, &n, err);
		if (!rc && !n)
			rc = parse_fail(err, &value, "'meter': 0 is out of range (1 to %u)",
					METER_ID_MAX);
		if (rc)
			return rc;
		*id = (__u32)n;
	}
	rc = lex_field(&lex, &name, &value, err);
	return rc <= 0 ? rc : parse_fail(err, &name, "nothing may follow the meter's number");
}

void meter_format(struct strbuf *out, __u32 id, const struct meter_config *config)
{
	strbuf_printf(out, "meter=%u,%s%s%s,bands=type=drop,rate=%u", id,
		      config->bytes ? "kbps" : "pktps", config->burst ? ",burst" : "",
		      config->stats ? ",stats" : "", config->rate);
	if (config->burst)
		strbuf_printf(out, ",burst_size=%u", config->burst);
}
