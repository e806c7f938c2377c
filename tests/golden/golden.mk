# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Golden files: tests/golden/trace/*.txt are read by tests/unit/test_golden_trace.c,
# tests/golden/policy/*.txt by test_golden_policy.c.

GOLDEN_TESTS = $(B)/tests/unit/test_golden_trace $(B)/tests/unit/test_golden_policy

golden-update: $(GOLDEN_TESTS) ## write the golden files anew, for review
	$(Q)for t in $(GOLDEN_TESTS); do XVS_GOLDEN_UPDATE=1 $$t || exit 1; done
	$(Q)git --no-pager diff --stat -- tests/golden

.PHONY: golden-update
