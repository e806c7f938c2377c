#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# tap_vhost: a QEMU guest on a tap port and one with two queues on a vhost-user
# port do what those of tap.sh do. (common/traffic.bash)

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/common/traffic.bash"

kinds='tap-own vhost:2'
all_traffic
