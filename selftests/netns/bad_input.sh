#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# bad_input: each mistake is a clear error with the exit status of the contract
# (1 refused, 2 usage, 3 not found, 4 no daemon), and changes nothing.
#
#   vm0, vm1 ── sw0      vm2 ── (nothing; a foreign XDP program later)

. "$(dirname "$0")/../lib.sh"

for i in 0 1 2; do
    guest vm$i 10.0.0.$((i + 1))/24
done
host_snapshot >"$XVS_TEST_DIR/clean"
unchanged() { # FILE
    host_snapshot >"$XVS_TEST_DIR/now"
    diff -u "$1" "$XVS_TEST_DIR/now"
}

say "without a daemon"
check_exit "port show: exit 4" 4 xvs port show sw0
check_match "says so" "$err" '^xvsctl: '
check_exit "status: exit 4" 4 xvs status
check_exit "attach without a device: exit 2" 2 xvs attach
check_exit "attach eth9: exit 3" 3 xvs attach eth9
check_match "names it" "$err" 'eth9: no such device'
check_not "no daemon was left behind" daemon_alive
check_exit "attach of one good and one bad device: exit 3" 3 xvs attach vm0 eth9
check "nothing was changed" unchanged "$XVS_TEST_DIR/clean"
check_exit "attach lo is refused" 1 xvs attach lo
check_exit "no object: exit 2" 2 xvs
check_exit "unknown object: exit 2" 2 xvs prot show sw0
check_match "suggests" "$err" 'port'
check_exit "unknown verb: exit 2" 2 xvs port shwo sw0
check_exit "help: exit 0" 0 xvs help
check_match "help lists the objects" "$out" 'flow'
check_exit "help flow: exit 0" 0 xvs help flow
check_exit "flow help: exit 0" 0 xvs flow help

say "privileges"
check_exit "without any: refused" 1 setpriv --reuid=65534 --regid=65534 --clear-groups \
    --bounding-set=-all --inh-caps=-all env XVS_RUNDIR=/tmp XVS_BPFFS=/tmp "$XVSD"
check_match "says what is needed" "$err" 'root|CAP_BPF'
check_exit "root without CAP_BPF and CAP_SYS_ADMIN: refused" 1 \
    setpriv --bounding-set=-bpf,-sys_admin --inh-caps=-bpf,-sys_admin "$XVSD"
check_match "says what is needed" "$err" 'root|CAP_BPF'

say "bpffs that is not mounted is mounted"
umount "$XVS_BPFFS"
check "attach" xvs attach vm0 vm1
check_eq "bpffs is there" "$(stat -f -c %T "$XVS_BPFFS")" bpf_fs
host_snapshot >"$XVS_TEST_DIR/attached"

say "with a daemon"
check_exit "a second daemon: exit 1" 1 "$XVSD"
check_match "names the first" "$err" "$(daemon_pid)"
check "the first goes on" ping_ok vm0 10.0.0.2
check_exit "port add of a device that is not there: exit 3" 3 xvs port add sw0 eth9
check_exit "port add to a switch that is not there: exit 3" 3 xvs port add sw9 vm2
check_exit "a device that is a port already: exit 1" 1 xvs port add sw0 vm0
check_match "says so" "$err" 'vm0.*already'
check_exit "switch add sw1" 0 xvs switch add sw1
check_exit "a device of another switch: exit 1" 1 xvs port add sw1 vm0
check_exit "a switch that is there: exit 1" 1 xvs switch add sw1
check_exit "switch del sw1" 0 xvs switch del sw1
check_exit "port del of a port that is not there: exit 3" 3 xvs port del sw0 vm2
check_exit "unknown type: exit 2" 2 xvs port add sw0 vm2 type=magic
check_exit "unknown hook: exit 2" 2 xvs port add sw0 vm2 hook=sideways
check_exit "tag out of range: exit 2" 2 xvs port set sw0 vm0 tag=4095
check_exit "unknown option: exit 2" 2 xvs port set sw0 vm0 colour=red
h ip link add br9 type bridge
h ip link set vm2 master br9
check_exit "a member of a Linux bridge: exit 1" 1 xvs port add sw0 vm2
check_match "names the bridge" "$err" 'br9|bridge'
ip link del br9

say "flow text"
check_exit "unknown keyword: exit 2" 2 xvs flow add sw0 'table=0,ipp,actions=drop'
check_match "names it" "$err" 'ipp'
caret=$(grep -n '\^' <<<"$err" | head -n 1 | cut -d: -f1)
text_line=$(sed -n "$((caret - 1))p" <<<"$err")
caret_line=$(sed -n "${caret}p" <<<"$err")
before=${caret_line%%^*}
check_eq "the caret stands below it" "${text_line:${#before}:3}" ipp
check_exit "no actions: exit 2" 2 xvs flow add sw0 'ip,nw_dst=10.0.0.1'
check_exit "prerequisite missing: exit 2" 2 xvs flow add sw0 'tp_dst=80,actions=drop'
check_exit "bad address: exit 2" 2 xvs flow add sw0 'ip,nw_dst=10.0.0.256,actions=drop'
check_exit "unknown port: exit 2 or 3" 2 xvs flow add sw0 'in_port=nobody,actions=drop'
check_exit "unknown action: exit 2" 2 xvs flow add sw0 'ip,actions=teleport'
check_exit "empty: exit 2" 2 xvs flow add sw0 ''
check_exit "strict del of a rule that is not there: exit 3" 3 \
    xvs flow del sw0 'priority=77,ip' --strict
check_exit "overlap refused: exit 1" 1 xvs flow add sw0 'check_overlap,priority=0,ip,actions=drop'
check_exit "bad MAC: exit 2" 2 xvs fdb add sw0 00:11:22 vm0
check_exit "group address in the FDB: exit 2" 2 xvs fdb add sw0 01:00:00:00:00:01 vm0
check_exit "FDB entry that is not there: exit 3" 3 xvs fdb del sw0 02:00:00:00:00:77
check_exit "trace of nonsense: exit 2" 2 xvs trace sw0 'in_port=vm0,bogus'
check_exit "errors as JSON: same status" 3 "$XVSCTL" -j port show sw9
check_eq "one document, with code, message and object" \
    "$(jq -r '.error | "\(.code) \(.object)"' <<<"$out")" "not-found sw9"
check_num "one rule, as before" "$(json_get length flow show sw0)" -eq 1
check "nothing was changed" unchanged "$XVS_TEST_DIR/attached"

say "tables that are full"
check_exit "limit=1 is taken" 0 xvs cache set sw0 limit=1
check "the switch forwards past its flow limit" g vm0 ping -q -n -c 5 -i 0.05 -W 1 10.0.0.2
check_exit "limit=0: exit 2" 2 xvs cache set sw0 limit=0
check_exit "limit=65536" 0 xvs cache set sw0 limit=65536

say "a foreign XDP program is named and left alone"
foreign_xdp vm2
id=$(ip -j link show vm2 | jq '.[0].xdp.prog.id')
for hook in xdp auto; do
    check_exit "hook=$hook: exit 1" 1 xvs port add sw0 vm2 hook=$hook
    check_match "names it" "$err" "their_xdp|id $id"
done
check_num "still there" "$(ip -j link show vm2 | jq '.[0].xdp.prog.id')" -eq "$id"
h ip link set vm2 xdp off
check_exit "gone: the port is taken" 0 xvs port add sw0 vm2 hook=xdp

say "input that is not of this world"
check_exit "64 KB of flow text: exit 2" 2 xvs flow add sw0 "$(printf 'ip,%.0s' $(seq 20000))"
check_exit "bytes that are not text: exit 2" 2 xvs flow add sw0 $'\xff\xfe=\x01,actions=drop'
python3 - "$XVS_RUNDIR/xvsd.sock" <<'PY'
import os, random, socket, sys
rng = random.Random(7)
for junk in (b"\n", b"{}\n", b"[]\n", b'{"method": 1}\n', b'{"method": "no.such"}\n',
             b'{"method": "flow.add", "params": {"args": {}}}\n', b"\0" * 1000 + b"\n",
             b"[" * 100000 + b"\n", b'{"method":"port.show","params":{"args":[1,2,3,4]}}\n',
             rng.randbytes(5000), b'{"method": "status"}'):
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(2)
    s.connect(sys.argv[1])
    try:
        s.sendall(junk)
        s.shutdown(socket.SHUT_WR)
        while s.recv(65536):
            pass
    except OSError:
        pass
    s.close()
PY
check "the daemon survives a hostile client" ping_ok vm0 10.0.0.2
check "and answers" xvs status
finish
