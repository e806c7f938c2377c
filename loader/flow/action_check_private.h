/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the judges of single actions share: action_check.c and action_check_ct.c.
 */
#ifndef FLOW_ACTION_CHECK_PRIVATE_H
#define FLOW_ACTION_CHECK_PRIVATE_H

#include "action_check.h"

/* Says why; false. */
bool ofact_fault_set(struct ofact_fault *fault, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* The packets of 'match' have the field. */
bool ofact_field_check(const struct field *f, const struct match *match, struct ofact_fault *fault);
/* An action of 'scope' reads 'sub', or writes it. */
bool ofact_subfield_check(const struct subfield *sub, bool write, const struct ofact_scope *scope,
			  struct ofact_fault *fault);
/* Actions of 'scope' may write the field. */
bool ofact_may_write(const struct field *f, const struct ofact_scope *scope);

bool ofact_ct_check(const struct ofact_ct *ct, const struct ofact_scope *scope,
		    struct ofact_fault *fault);

#endif /* FLOW_ACTION_CHECK_PRIVATE_H */
