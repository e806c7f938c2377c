#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# tap: two QEMU guests on tap ports, one of them with two queues: plain and
# tagged traffic, rules, a mixed load, and guests that go and come back.
# (common/traffic.bash)

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/common/traffic.bash"

kinds='tap:2 tap-own'
all_traffic
