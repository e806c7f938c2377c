# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The tests of loader/flow that look at memory (tests/alloc_faults.h) or have
# threads.

ALLOC_FAULTS_LIBS = -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=reallocarray,--wrap=aligned_alloc,--wrap=free

TEST_LIBS_prefix_trie = $(ALLOC_FAULTS_LIBS)
TEST_LIBS_priority_set = $(ALLOC_FAULTS_LIBS)
TEST_LIBS_classifier_memory = $(ALLOC_FAULTS_LIBS)
TEST_LIBS_rule_timer = $(ALLOC_FAULTS_LIBS)
TEST_LIBS_flow_table_txn = $(ALLOC_FAULTS_LIBS)
TEST_LIBS_conjunction_memory = $(ALLOC_FAULTS_LIBS)
TEST_LIBS_policy_memory = $(ALLOC_FAULTS_LIBS)
TEST_LIBS_classifier_scale = -lpthread
