#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# upcall_economy_tc: 100,000 packets of one UDP flow cost at most five upcalls
# on hook=tc, and every counter accounts for every packet.
#
#   vm0 10.0.0.1 ── sw0 ── vm1 10.0.0.2

. "$(dirname "$0")/../lib.sh"
hook=tc
. "$LIB_DIR/netns/common/upcall_economy.bash"
