#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# ct_tftp: with ct(alg=tftp) the answers of a TFTP server, which come from a port of
# their own, are related to the question; without it they are dropped.
#
#   cli 10.0.0.1 (curl) ── sw0 ── srv 10.0.0.2 (dnsmasq)    only cli may begin, to port 69

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/common/ct.bash"

ct_need curl dnsmasq

tftp_rules() { # [ALG]
    local family udp rule
    echo "$RULES_NEIGHBOURS"
    for family in ip ipv6; do
        udp=${family/ip/udp}
        udp=${udp/v/}
        echo "table=0,priority=10,$family,actions=ct(table=1)"
        echo "table=1,priority=40,$family,ct_state=+inv+trk,actions=drop"
        echo "table=1,priority=30,$family,ct_state=+est+trk,actions=normal"
        echo "table=1,priority=25,$family,ct_state=+new+rel+trk,actions=ct(commit),normal"
        rule="table=1,priority=20,$udp,ct_state=+new-rel+trk,in_port=cli,tp_dst=69"
        echo "$rule,actions=ct(commit${1:+,alg=$1}),normal"
    done
    echo 'table=1,priority=0,actions=drop'
}

tftp_listens() {
    in_ns srv ss -Hlun "sport = :69" | grep -q .
}

tftp_get() { # HOST [CURL-ARG...]
    in_ns cli curl -gsS -m 8 --connect-timeout 4 "${@:2}" "tftp://$1/file" >"$XVS_TEST_DIR/got" &&
        cmp "$XVS_TEST_DIR/got" "$XVS_TEST_DIR/tftp/file"
}

ct_guest cli 10.0.0.1/24 fd00::1/64
ct_guest srv 10.0.0.2/24 fd00::2/64
mkdir -p "$XVS_TEST_DIR/tftp"
head -c 300000 /dev/urandom >"$XVS_TEST_DIR/tftp/file"
chmod -R a+rX "$XVS_TEST_DIR" "$XVS_TEST_DIR/tftp"
bg tftp in_ns srv dnsmasq --keep-in-foreground --conf-file=/dev/null --port=0 --user=root \
    --enable-tftp --tftp-root="$XVS_TEST_DIR/tftp" --pid-file="$XVS_TEST_DIR/dnsmasq.pid" \
    --log-facility=-
wait_for 5 tftp_listens
for hook in tc xdp; do
    xvs -q attach cli srv
    tftp_rules tftp | rules_set
    ct_hook $hook cli srv
    check "$hook: a file, IPv4" tftp_get 10.0.0.2
    check "$hook: a file, IPv6" tftp_get '[fd00::2]'
    check_num "$hook: the answers are a connection of the server's" \
        "$(ct_count '.proto == "udp" and .orig.src == "10.0.0.2" and .orig.sport != 69')" -ge 1
    tftp_rules | rules_set
    xvs -q ct flush sw0
    check_not "$hook: without alg nothing comes back" tftp_get 10.0.0.2 -m 2
    check_num "$hook: what the server sent was dropped" "$(drops_of srv action-drop)" -ge 1
    check_ledger cli srv
    xvs -q detach
done
finish
