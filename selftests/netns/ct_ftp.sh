#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# ct_ftp: with ct(alg=ftp) the data connections of curl and an FTP server are related
# to their control connection, active and passive, both families; without it they are
# refused, as is any other connection between the two.
#
#   cli 10.0.0.1 ── sw0 ── srv 10.0.0.2     only cli may begin, and only to port 21

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/common/ct.bash"

ct_need curl nc.openbsd pyftpdlib

ftp_rules() { # [ALG]: of the control connection
    local family tcp rule
    echo "$RULES_NEIGHBOURS"
    for family in ip ipv6; do
        tcp=${family/ip/tcp}
        tcp=${tcp/v/}
        echo "table=0,priority=10,$family,actions=ct(table=1)"
        echo "table=1,priority=40,$family,ct_state=+inv+trk,actions=drop"
        echo "table=1,priority=30,$family,ct_state=+est+trk,actions=normal"
        echo "table=1,priority=25,$family,ct_state=+new+rel+trk,actions=ct(commit),normal"
        echo "table=1,priority=24,$family,ct_state=-new+rel+trk,actions=normal"
        rule="table=1,priority=20,$tcp,ct_state=+new-rel+trk,in_port=cli,tp_dst=21"
        echo "$rule,actions=ct(commit${1:+,alg=$1}),normal"
    done
    echo 'table=1,priority=0,actions=drop'
}

ftp_serve() {
    local address
    mkdir -p "$XVS_TEST_DIR/ftp"
    head -c 2000000 /dev/urandom >"$XVS_TEST_DIR/ftp/file"
    for address in 10.0.0.2 fd00::2; do
        bg "ftp-$address" in_ns srv /usr/bin/python3 -m pyftpdlib -i "$address" -p 21 \
            -d "$XVS_TEST_DIR/ftp" -w
        wait_for 10 ftp_listens "$address"
    done
}

ftp_listens() { # ADDRESS
    in_ns srv ss -Hltn "sport = :21" | grep -qF -- "$1"
}

ftp_get() { # HOST [CURL-ARG...]: the file, whole
    in_ns cli curl -gsS -m 8 --connect-timeout 3 --ftp-skip-pasv-ip "${@:2}" "ftp://$1/file" \
        >"$XVS_TEST_DIR/got" && cmp "$XVS_TEST_DIR/got" "$XVS_TEST_DIR/ftp/file"
}

ftp_put() { # HOST NAME [CURL-ARG...]
    in_ns cli curl -gsS -m 8 --connect-timeout 3 -T "$XVS_TEST_DIR/ftp/file" "${@:3}" \
        "ftp://$1/$2" && cmp "$XVS_TEST_DIR/ftp/$2" "$XVS_TEST_DIR/ftp/file"
}

with_alg() { # HOOK
    check "$1: passive (EPSV), IPv4" ftp_get 10.0.0.2
    check "$1: passive (PASV), IPv4" ftp_get 10.0.0.2 --disable-epsv
    check "$1: active (EPRT), IPv4" ftp_get 10.0.0.2 -P -
    check "$1: active (PORT), IPv4" ftp_get 10.0.0.2 -P - --disable-eprt
    check "$1: passive (EPSV), IPv6" ftp_get '[fd00::2]'
    check "$1: active (EPRT), IPv6" ftp_get '[fd00::2]' -P -
    check "$1: several files by one control connection" in_ns cli curl -sS -m 8 \
        "ftp://10.0.0.2/file" "ftp://10.0.0.2/file" "ftp://10.0.0.2/file" \
        -o /dev/null -o /dev/null -o /dev/null
    check "$1: a file to the server, passive" ftp_put 10.0.0.2 "put-$1-p"
    check "$1: a file to the server, active" ftp_put 10.0.0.2 "put-$1-a" -P -
    check_not "$1: another port of the server's is closed" tcp_opens cli 10.0.0.2 8080
    check_not "$1: nor can the server begin anything" tcp_opens srv 10.0.0.1 8080
    check_num "$1: the data connections of active ones began at the server" \
        "$(ct_count '.orig.src == "10.0.0.2"')" -ge 1
}

without_alg() { # HOOK
    check "$1, no alg: the control connection works" in_ns cli curl -sS -m 8 \
        --connect-timeout 3 -I "ftp://10.0.0.2/file"
    check_not "$1, no alg: passive is refused" ftp_get 10.0.0.2 -m 3 --connect-timeout 1
    check_not "$1, no alg: active is refused" ftp_get 10.0.0.2 -m 3 -P -
}

ct_guest cli 10.0.0.1/24 fd00::1/64
ct_guest srv 10.0.0.2/24 fd00::2/64
ftp_serve
http_serve cli 8080
http_serve srv 8080
for hook in tc xdp; do
    xvs -q attach cli srv
    ftp_rules ftp | rules_set
    ct_hook $hook cli srv
    with_alg $hook
    ftp_rules | rules_set
    xvs -q ct flush sw0
    without_alg $hook
    check_ledger cli srv
    xvs -q detach
done
finish
