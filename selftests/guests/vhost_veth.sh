#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# vhost_veth: a QEMU guest on a vhost-user port and a name space on a veth port do
# what the guests of tap.sh do. (common/traffic.bash)

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/common/traffic.bash"

load_seconds=${LOAD_SECONDS:-20}
kinds='vhost veth'
all_traffic
