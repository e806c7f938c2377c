# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# tests/unit/test_ofact.c runs out of memory (tests/alloc_faults.h, flow.mk).

TEST_LIBS_ofact = $(ALLOC_FAULTS_LIBS)
