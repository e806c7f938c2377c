// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Writers for results and errors; see output.h. Their look is fixed by the
 * files of tests/golden/cli.
 */
#include "output.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COLUMN_GAP 2
#define PAIR_NAME_WIDTH 18
#define MAX_COLUMNS 32

/* Bytes of a control character at 's' (C0, DEL, or C1 as UTF-8); 0: none. */
static size_t control_bytes(const char *s)
{
	unsigned char c = (unsigned char)s[0];

	if (c < 0x20 || c == 0x7f)
		return 1;
	if (c == 0xc2 && (unsigned char)s[1] >= 0x80 && (unsigned char)s[1] < 0xa0)
		return 2;
	return 0;
}

static void add_escaped(struct strbuf *out, const char *text, size_t len)
{
	for (size_t i = 0; i < len;) {
		size_t n = control_bytes(text + i);

		if (!n)
			strbuf_addc(out, text[i++]);
		for (; n; n--)
			strbuf_printf(out, "\\x%02x", (unsigned char)text[i++]);
	}
}

void output_escaped(struct strbuf *out, const char *text)
{
	add_escaped(out, text, strlen(text));
}

/* Columns on the terminal, one a code point. */
static size_t text_width(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

static void add_spaces(struct strbuf *out, size_t n)
{
	while (n--)
		strbuf_addc(out, ' ');
}

void output_cell(struct strbuf *out, const json_t *value)
{
	json_t *v;
	size_t i;

	switch (value ? json_typeof(value) : JSON_NULL) {
	case JSON_STRING:
		output_escaped(out, json_string_value(value));
		break;
	case JSON_INTEGER:
		strbuf_printf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
		break;
	case JSON_REAL:
		strbuf_printf(out, "%.3f", json_real_value(value));
		break;
	case JSON_TRUE:
		strbuf_add(out, "yes");
		break;
	case JSON_FALSE:
		strbuf_add(out, "no");
		break;
	case JSON_ARRAY:
		json_array_foreach (value, i, v) {
			if (i)
				strbuf_addc(out, ',');
			output_cell(out, v);
		}
		break;
	default:
		break;
	}
}

/* The cell's text, "-" when it is empty. */
static void make_cell(struct strbuf *cell, const json_t *row, const struct column *column)
{
	strbuf_fini(cell);
	strbuf_init(cell);
	output_cell(cell, json_object_get(row, column->member));
	if (!cell->len)
		strbuf_addc(cell, '-');
}

/* The widest cell; 0: the column is not shown. */
static size_t column_width(const struct column *column, const json_t *rows, bool stats)
{
	size_t width = text_width(column->header);
	bool any = !(column->flags & COLUMN_IF_ANY);
	struct strbuf cell;
	json_t *row;
	size_t i;

	if ((column->flags & COLUMN_STATS) && !stats)
		return 0;
	strbuf_init(&cell);
	json_array_foreach (rows, i, row) {
		size_t n;

		make_cell(&cell, row, column);
		if (strcmp(strbuf_str(&cell), "-"))
			any = true;
		n = text_width(strbuf_str(&cell));
		if (n > width)
			width = n;
	}
	strbuf_fini(&cell);
	return any ? width : 0;
}

static void put_cell(struct strbuf *out, const char *text, size_t width, bool right)
{
	size_t n = text_width(text);
	size_t pad = n < width ? width - n : 0;

	if (right)
		add_spaces(out, pad);
	strbuf_add(out, text);
	if (!right)
		add_spaces(out, pad);
}

/* Ends a line: without the blanks that pad its last cell. */
static void end_line(struct strbuf *out)
{
	while (out->len && out->s[out->len - 1] == ' ')
		out->s[--out->len] = '\0';
	strbuf_addc(out, '\n');
}

void output_table(struct strbuf *out, const struct column *columns, const json_t *rows, bool stats)
{
	size_t width[MAX_COLUMNS];
	struct strbuf cell;
	json_t *row;
	size_t n = 0, i;

	for (; columns[n].header && n < MAX_COLUMNS; n++)
		width[n] = column_width(&columns[n], rows, stats);
	for (size_t k = 0; k < n; k++) {
		if (!width[k])
			continue;
		put_cell(out, columns[k].header, width[k], columns[k].flags & COLUMN_RIGHT);
		add_spaces(out, COLUMN_GAP);
	}
	end_line(out);
	strbuf_init(&cell);
	json_array_foreach (rows, i, row) {
		for (size_t k = 0; k < n; k++) {
			if (!width[k])
				continue;
			make_cell(&cell, row, &columns[k]);
			put_cell(out, strbuf_str(&cell), width[k], columns[k].flags & COLUMN_RIGHT);
			add_spaces(out, COLUMN_GAP);
		}
		end_line(out);
	}
	strbuf_fini(&cell);
}

void output_pair(struct strbuf *out, const char *name, const char *fmt, ...)
{
	char value[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(value, sizeof(value), fmt, ap);
	va_end(ap);
	put_cell(out, name, PAIR_NAME_WIDTH, false);
	output_escaped(out, value);
	end_line(out);
}

void output_json(struct strbuf *out, const json_t *value, bool pretty)
{
	char *text = json_dumps(value, (pretty ? JSON_INDENT(2) : JSON_COMPACT) | JSON_ENCODE_ANY);

	if (text)
		strbuf_printf(out, "%s\n", text);
	else
		out->failed = true;
	free(text);
}

/* The text, and below the wrong word ^~~~. Both are measured as escaped. */
static void put_caret(struct strbuf *out, const struct err *err)
{
	size_t size = strlen(err->text);
	size_t start = err->column < size ? err->column : size;
	size_t end = err->len < size - start ? start + err->len : size;
	struct strbuf before, word;
	size_t n;

	strbuf_init(&before);
	strbuf_init(&word);
	add_escaped(&before, err->text, start);
	add_escaped(&word, err->text + start, end - start);
	strbuf_add(out, "  ");
	output_escaped(out, err->text);
	strbuf_add(out, "\n  ");
	add_spaces(out, text_width(strbuf_str(&before)));
	strbuf_addc(out, '^');
	for (n = text_width(strbuf_str(&word)); n > 1; n--)
		strbuf_addc(out, '~');
	strbuf_addc(out, '\n');
	strbuf_fini(&before);
	strbuf_fini(&word);
}

/* Each line of a text with what stands before it. */
static void put_lines(struct strbuf *out, const char *before, const char *text)
{
	while (*text) {
		size_t n = strcspn(text, "\n");

		strbuf_add(out, before);
		add_escaped(out, text, n);
		strbuf_addc(out, '\n');
		text += n;
		text += *text == '\n';
		before = "  ";
	}
}

void output_error(struct strbuf *out, const struct err *err)
{
	put_lines(out, "xvsctl: ", err->message);
	if (err->text)
		put_caret(out, err);
	if (err->hint[0])
		put_lines(out, "hint: ", err->hint);
}

json_t *output_error_object(const struct err *err)
{
	json_t *o = json_object();

	json_object_set_new(o, "code", json_string(err_code_name(err->code)));
	if (json_object_set_new(o, "message", json_string(err->message)))
		json_object_set_new(o, "message", json_string("failed"));
	/* Always there: null when it is about nothing in particular. */
	if (!err->object[0] || json_object_set_new(o, "object", json_string(err->object)))
		json_object_set_new(o, "object", json_null());
	if (err->hint[0])
		json_object_set_new(o, "hint", json_string(err->hint));
	if (err->text) {
		json_object_set_new(o, "text", json_string(err->text));
		json_object_set_new(o, "column", json_integer((json_int_t)err->column + 1));
		json_object_set_new(o, "length", json_integer((json_int_t)err->len));
	}
	if (err->line)
		json_object_set_new(o, "line", json_integer(err->line));
	return o;
}
