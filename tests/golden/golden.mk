# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Golden files: tests/golden/trace/*.txt are read by tests/unit/test_golden_trace.c.

golden-update: $(B)/tests/unit/test_golden_trace ## write the golden files anew, for review
	$(Q)XVS_GOLDEN_UPDATE=1 $<
	$(Q)git --no-pager diff --stat -- tests/golden

.PHONY: golden-update
