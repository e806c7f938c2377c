#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# ct_limits: a table for a million connections takes what it should; a zone has no more
# connections than its limit, and there is room again when one has ended.
#
#   vm0 10.0.0.1 ── sw0 ── vm1 10.0.0.2

. "$(dirname "$0")/../lib.sh"

guest vm0 10.0.0.1/24
guest vm1 10.0.0.2/24
know_each_other vm0 10.0.0.1 vm1 10.0.0.2
check_exit "a limit of nothing is refused" 2 "$XVSD" --ct-limit 0
check_match "... with what is allowed" "$err" "from 1 to 4194304"
bg xvsd "$XVSD" --ct-limit 1000000
running() { xvs_json status; }
check "the daemon runs" wait_for 10 running
xvs attach vm0 vm1
check_eq "it has the limit that was asked for" "$(json_get .limits.connections status)" 1000000
check_num "a million connections take 512 MiB at most" "$(json_get .memory.ct_bytes status)" -le $((512 << 20))
check_num "the table has room for more" "$(json_get .slots ct stats sw0)" -ge 1250000

cat >"$XVS_TEST_DIR/rules" <<'RULES'
table=0,priority=0,actions=normal
table=0,priority=10,ip,actions=ct(table=1,zone=9)
table=1,priority=10,ct_state=+new,ip,actions=ct(commit,zone=9),normal
table=1,priority=10,ct_state=+est,ip,actions=normal
RULES
xvs flow replace sw0 "$XVS_TEST_DIR/rules"
xvs ct set sw0 zone=9 max=2
bg server in_ns vm1 "$LIB_DIR/tools/tcp_hold.py" serve 10.0.0.2 5000
wait_for 5 bg_says server ready
for i in 1 2; do
    bg client$i in_ns vm0 "$LIB_DIR/tools/tcp_hold.py" hold 10.0.0.2 5000
    check "connection $i of 2" wait_for 5 bg_says client$i '^2$'
done
once() { in_ns vm0 "$LIB_DIR/tools/tcp_hold.py" once 10.0.0.2 5000; }
check_not "the third one is one too many" once
check_num "... counted as ct-full" "$(drops_of vm0 ct-full)" -ge 1
check "the others go on" bg_alive client1
check_match "one is ended" "$(xvs ct flush sw0 zone=9 sport="$(bg_out client2 |
    sed -n 's/connected //p')")" "1 ended"
bg_stop client2 KILL
check "there is room again" wait_for 10 once
xvs ct set sw0 zone=9 max=0
check "without a limit" once
check_ledger vm0 vm1
finish
