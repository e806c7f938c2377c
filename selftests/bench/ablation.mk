# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The ablation of the classifier: connections through guests, with each of its
# optimisations on and off.
#
#   make bench-ablation CONNECTIONS=100000 SECONDS_EACH=10 SESSIONS=128

bench-ablation: $(B)/xvsd $(B)/xvsctl $(SELFTEST_TOOLS) ## what the classifier's optimisations are worth
	$(Q)B=$(B) timeout 900 selftests/bench/ablation.sh
.PHONY: bench-ablation
