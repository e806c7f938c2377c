#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# ablation_shape: what wide cached flows are for: with them short TCP connections
# by the thousand need a handful of flows, without them more than one each. The
# figures of all settings are in `make bench-ablation`.
#
#   vm0 9.1.1.2 to .5 ── sw0 ── vm1 9.1.1.6 to .9, and 9.1.1.1

. "$(dirname "$0")/../lib.sh"
. "$LIB_DIR/netns/common/ablation.bash"

n=2000
flow_limit=65536
ablation_guests

say "megaflows off"
ablation_start priority-sort=off staged=off prefix=off
xvs cache set sw0 mega=off
ablation_run 9.1.1.6-9 $n 60 64
check_eq "connections" "$connections of $((connections + failed + unfinished))" "$n of $n"
check_num "at least one flow for each" "$flows" -ge $n
check_num "and an upcall" "$upcalls" -ge $n
check_ledger vm0 vm1
ablation_stop

say "no optimisation of the classifier"
ablation_start priority-sort=off staged=off prefix=off
ablation_run 9.1.1.6-9 $n 60 64
check_eq "connections" "$connections of $((connections + failed + unfinished))" "$n of $n"
check_num "at least one flow for each" "$flows" -ge $n
ablation_stop

say "everything on, to addresses that no rule with ports has, and to one that has"
ablation_start priority-sort=on staged=on prefix=on
for to in 9.1.1.6-9 9.1.1.1; do
    ablation_run $to $n 60 64
    check_eq "connections to $to" "$connections of $((connections + failed + unfinished))" \
        "$n of $n"
    check_num "a handful of flows" "$flows" -lt 100
    check_num "in a handful of subtables" "$masks" -lt 50
done
check_ledger vm0 vm1
finish
