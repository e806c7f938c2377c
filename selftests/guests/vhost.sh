#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# vhost: two QEMU guests on vhost-user ports, one of them with two queues, one whose
# socket QEMU listens on: plain and tagged traffic, rules, a mixed load, guests and
# a daemon that end and come back. (common/traffic.bash)

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/common/traffic.bash"

kinds='vhost:2 vhost-client'
all_traffic
