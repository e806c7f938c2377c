#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# mask_level: rules with prefixes of all lengths make many masks, and the switch
# rounds them up until there are few again. While it does, each packet goes where
# its rule says and none is lost. When the traffic has ended and its flows have
# expired, masks are as wide as before, those of what still runs included. A few
# wide rules never get that far, and neither does a change of them.
#
#                 ┌── vm1   some rules send there, and packets of no rule go there
#   vm0 ── sw0 ──┤
#                 └── vm2   other rules; the rest drop
#
#   RATE=N     packets a second (default 4,000; 1,500 with sanitizers)
#   PACKETS=N  of the many rules (default 6 seconds of them)

. "$(dirname "$0")/../lib.sh"

rate=4000
if grep -q __asan_init "$XVSD"; then
    rate=1500
fi
rate=${RATE:-$rate}
n_packets=${PACKETS:-$((6 * rate))}
seed=${XVS_TEST_SEED:-15}
say "seed $seed"

# The rules, the packets and the way that each is due come from one generator.
#   flows KIND FILE            rules to FILE, packets and their way to FILE.packets
#   send DEV FILE COUNT RATE   numbered packets, again and again from the first
#   recv DEV FILE              until SIGTERM; how often each number came
#   compare FILE COUNT FILE1 FILE2
cat >"$XVS_TEST_DIR/flows.py" <<'PY'
import json
import random
import signal
import socket
import struct
import sys
import time

N_RULES, N_PACKETS = 200, 3000
HEAD = bytes(6 * [0x02]) + b"\x02" + bytes(5) + b"\x08\x00"
NSDI15 = ["priority=40,arp,actions=drop",
          "priority=30,ip,nw_dst=11.1.0.0/16,actions=output:vm1",
          "priority=20,udp,nw_dst=9.1.1.1,tp_src=10,tp_dst=10,actions=output:vm2",
          "priority=10,ip,nw_dst=9.1.1.0/24,actions=output:vm1"]


# The same ways by other masks.
OTHER = ["priority=40,arp,actions=drop",
         "priority=30,ip,nw_src=192.0.0.0/3,actions=drop",
         "priority=20,udp,nw_src=10.0.0.0/27,nw_dst=9.1.1.0/25,tp_dst=0x1388/0xfff8,"
         "actions=output:vm1",
         "priority=10,udp,nw_dst=9.0.0.0/9,tp_src=0x8000/0x8000,actions=drop",
         "priority=1,ip,nw_dst=9.1.0.0/18,actions=output:vm1"]


def dotted(addr):
    return ".".join(str(b) for b in addr.to_bytes(4, "big"))


def prefix_mask(length, width):
    return (1 << width) - (1 << width - length)


class Rule:
    """Prefixes of source, destination and both ports; a way: 0 (drop), 1, 2."""

    def __init__(self, rng, priority):
        def some(width, shortest, share):
            length = rng.randint(shortest, width) if rng.random() < share else 0
            mask = prefix_mask(length, width)
            return rng.getrandbits(width) & mask, mask
        self.fields = (some(32, 8, 0.6), some(32, 8, 1), some(16, 4, 0.3), some(16, 4, 0.4))
        self.priority, self.way = priority, rng.choice((0, 1, 1, 2, 2))

    def matches(self, packet):
        return all(p & mask == value for p, (value, mask) in zip(packet, self.fields))

    def packet(self, rng):
        """One that matches, or differs in a bit that the rule looks at."""
        packet = []
        for (value, mask), width in zip(self.fields, (32, 32, 16, 16)):
            v = value | rng.getrandbits(width) & ~mask
            if rng.random() < 0.2:
                v ^= 1 << rng.randrange(width)
            packet.append(v)
        return tuple(packet)

    def __str__(self):
        (src, sm), (dst, dm), (sport, spm), (dport, dpm) = self.fields
        text = "priority=%d,udp,nw_dst=%s/%s" % (self.priority, dotted(dst), dotted(dm))
        text += ",nw_src=%s/%s" % (dotted(src), dotted(sm)) if sm else ""
        text += ",tp_src=0x%x/0x%x" % (sport, spm) if spm else ""
        text += ",tp_dst=0x%x/0x%x" % (dport, dpm) if dpm else ""
        return text + ",actions=" + ("drop", "output:vm1", "output:vm2")[self.way]


def make(kind, path):
    rng = random.Random(int(sys.argv[-1]))
    if kind in ("few", "other"):
        rules = NSDI15 if kind == "few" else OTHER
        packets = [((10 << 24) + i % 250, (9 << 24) + 0x10102 + i % 200, i, 5000)
                   for i in range(N_PACKETS)]
        ways = [1] * N_PACKETS
    else:
        rules = [Rule(rng, 1 + i) for i in range(N_RULES)]
        packets = [rng.choice(rules).packet(rng) for _ in range(N_PACKETS)]
        ranked = sorted(rules, key=lambda r: -r.priority)
        ways = [next((r.way for r in ranked if r.matches(p)), 1) for p in packets]
        rules += ["priority=0,actions=output:vm1"]
    with open(path, "w") as f:
        f.write("\n".join(str(r) for r in rules) + "\n")
    with open(path + ".packets", "w") as f:
        json.dump([list(p) + [way] for p, way in zip(packets, ways)], f)


def checksum(data):
    total = sum(struct.unpack("!10H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def frame(src, dst, sport, dport):
    def ip(check):
        return struct.pack("!BBHHHBBHII", 0x45, 0, 36, 1, 0, 64, 17, check, src, dst)
    return HEAD + ip(checksum(ip(0))) + struct.pack("!HHHH", sport, dport, 16, 0)


def raw_socket(dev, protocol):
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(protocol))
    s.bind((dev, protocol))
    return s


def send(dev, path, count, rate):
    s = raw_socket(dev, 0)
    frames = [frame(*p[:4]) for p in json.load(open(path + ".packets"))]
    print("ready", flush=True)
    start = time.monotonic()
    for seq in range(count):
        while True:
            early = start + seq / rate - time.monotonic()
            if early <= 0:
                break
            time.sleep(max(early, 0.001))
        # Never a burst to catch up: a sender that did not run goes on at its pace.
        if early < -0.02:
            start -= early
        s.send(frames[seq % len(frames)] + struct.pack("!Q", seq))
    print("sent", count, flush=True)


def recv(dev, path):
    s = raw_socket(dev, 0x0800)
    s.setsockopt(socket.SOL_SOCKET, 33, 64 << 20)  # SO_RCVBUFFORCE: late is not lost
    s.settimeout(0.1)
    stop, times = [], {}
    signal.signal(signal.SIGTERM, lambda *_: stop.append(1))
    print("ready", flush=True)
    while True:
        last = bool(stop)
        try:
            while True:
                data, address = s.recvfrom(100)
                if address[2] != socket.PACKET_OUTGOING:
                    seq = struct.unpack_from("!Q", data, 42)[0]
                    times[seq] = times.get(seq, 0) + 1
        except (socket.timeout, InterruptedError):
            pass
        if last:
            break
    with open(path, "w") as f:
        json.dump(times, f)


def compare(path, count, path1, path2):
    packets = json.load(open(path + ".packets"))
    got = [{int(k): v for k, v in json.load(open(p)).items()} for p in (path1, path2)]
    fate = {"lost": 0, "astray": 0, "doubled": 0, "dropped": 0}
    for seq in range(count):
        way = packets[seq % len(packets)][4]
        came = [g.get(seq, 0) for g in got]
        due = way and came[way - 1]
        fate["dropped"] += not way
        fate["lost"] += bool(way) and not due
        fate["doubled"] += due > 1
        fate["astray"] += sum(came) - due
    print(json.dumps(fate))


mode, args = sys.argv[1], sys.argv[2:]
if mode == "flows":
    make(args[0], args[1])
elif mode == "send":
    send(args[0], args[1], int(args[2]), int(args[3]))
elif mode == "recv":
    recv(args[0], args[1])
else:
    compare(args[0], int(args[1]), args[2], args[3])
PY

flows_py() { python3 "$XVS_TEST_DIR/flows.py" "$@"; }
level() { cache_stat .mask_level; }
level_is() { [ "$(level)" = "$1" ]; }
subtables() { cache_stat .subtables; }
few_subtables() { [ "$(subtables)" -le "$1" ]; }
trace_says() { # TEXT [PORT]
    xvs_json trace sw0 "in_port=${2:-vm0},udp,nw_src=10.0.0.1,nw_dst=9.1.1.7,tp_src=1,tp_dst=2" |
        jq -r '.steps[]' | grep -E -- "$1"
}
rules_drop() { drops_of vm0 action-drop; }
all_drops() { json_get '[.[].packets] | add // 0' drops show sw0; }

watch() {
    local last='' now
    while bg_alive send; do
        now=$(cache_stat '"\(.mask_level), \(.subtables) subtables"')
        [ "$now" = "$last" ] || say "  $now, $(cache_stat .megaflows) megaflows"
        last=$now
        sleep 0.1
    done
}

# The rules change from FILE to FILE and back, until the sender has ended.
change_rules() { # FILE FILE
    local file n=0
    while bg_alive send; do
        for file; do
            "$XVSCTL" -q flow replace sw0 "$file"
            n=$((n + 1))
        done
        sleep 0.3
    done
    say "$n times other rules"
}

# The rules and packets of KIND; what became of them in $fate. While they run, what
# the cache says is printed.
traffic() { # KIND COUNT [CMD...]: with CMD instead of that
    local i
    flows_py flows "$1" "$XVS_TEST_DIR/$1" "$seed"
    xvs flow replace sw0 "$XVS_TEST_DIR/$1"
    for i in 1 2; do
        bg "recv$i" in_ns vm$i python3 "$XVS_TEST_DIR/flows.py" recv eth0 "$XVS_TEST_DIR/got$i"
        wait_for 5 bg_says "recv$i" ready
    done
    dropped=$(rules_drop) all_dropped=$(all_drops)
    bg send in_ns vm0 python3 "$XVS_TEST_DIR/flows.py" send eth0 "$XVS_TEST_DIR/$1" "$2" "$rate"
    if [ $# -gt 2 ]; then "${@:3}"; else watch; fi
    bg_wait send
    check_ledger vm0 vm1 vm2
    bg_stop recv1
    bg_stop recv2
    dropped=$(($(rules_drop) - dropped)) all_dropped=$(($(all_drops) - all_dropped))
    fate=$(flows_py compare "$XVS_TEST_DIR/$1" "$2" "$XVS_TEST_DIR/got1" "$XVS_TEST_DIR/got2")
    say "$2 packets: $fate"
}

check_fate() { # WHAT
    check_num "$1: none is lost" "$(jq .lost <<<"$fate")" -eq 0
    check_num "$1: none goes another way than its rule says" "$(jq .astray <<<"$fate")" -eq 0
    check_num "$1: none is doubled" "$(jq .doubled <<<"$fate")" -eq 0
    check_num "$1: the rules dropped theirs" "$dropped" -eq "$(jq .dropped <<<"$fate")"
    check_num "$1: and nothing else did" "$all_dropped" -eq "$dropped"
}

for i in 0 1 2; do
    guest vm$i
done
xvs attach vm0 vm1 vm2
check_eq "an empty cache" "$(level)" "1 bit"

say "a few wide rules"
traffic few $((n_packets / 4))
check_fate "few rules"
check_eq "few rules: masks are as wide as can be" "$(level)" "1 bit"
check_num "few rules: subtables" "$(subtables)" -le 12
check_num "few rules: few flows" "$(cache_stat .megaflows)" -le 50
check_not "few rules: trace knows of no rounding" trace_says 'many masks'

say "a few other rules, and back: the masks of both are in the cache for a moment"
flows_py flows other "$XVS_TEST_DIR/other" "$seed"
traffic few $((n_packets / 2)) change_rules "$XVS_TEST_DIR/other" "$XVS_TEST_DIR/few"
check_fate "changing rules"
check_eq "changing rules: masks are as wide as can be" "$(level)" "1 bit"
check_num "changing rules: subtables" "$(subtables)" -le 12

say "many rules, with prefixes of all lengths"
traffic many "$n_packets"
check_fate "many rules"
say "many rules: $(level), $(subtables) subtables"
check_not "many rules: masks are rounded" level_is "1 bit"
check "many rules: that leaves few subtables" wait_for 3 few_subtables 20
check "many rules: trace tells of bits that only the level asks for" \
    trace_says 'the cache has many masks: un-wildcards [a-z]'
check_not "many rules: not for packets from another port" trace_says 'many masks' vm1

say "flows expire 10 s after their last packet, all but one"
jq '[.[] | select(.[4] > 0)][0:1]' "$XVS_TEST_DIR/many.packets" >"$XVS_TEST_DIR/one.packets"
lost=$(all_drops)
bg one in_ns vm0 python3 "$XVS_TEST_DIR/flows.py" send eth0 "$XVS_TEST_DIR/one" 10000 50
wait_for 5 bg_says one ready
# The megaflow that its packet would get today is in the cache.
as_today() {
    local packet
    packet=$(jq -r 'def dotted: [., . / 256, . / 65536, . / 16777216] | reverse |
        map(floor % 256 | tostring) | join(".");
        .[0] | "in_port=vm0,udp,nw_src=\(.[0] | dotted),nw_dst=\(.[1] | dotted)," +
        "tp_src=\(.[2]),tp_dst=\(.[3])"' "$XVS_TEST_DIR/one.packets")
    json_get .megaflow trace sw0 "$packet" | tee "$XVS_TEST_DIR/today"
    json_get '.[].match' cache show sw0 | grep -xFf "$XVS_TEST_DIR/today"
}
check "its mask is rounded" as_today
rounded=$(cat "$XVS_TEST_DIR/today")
check "masks are as wide as before" wait_for 20 level_is "1 bit"
check_num "with hardly a flow left" "$(cache_stat .megaflows)" -le 12
check "that one has a mask as wide as any, too" wait_for 2 as_today
say "$rounded: now $(cat "$XVS_TEST_DIR/today")"
check_not "which is not the same" [ "$(cat "$XVS_TEST_DIR/today")" = "$rounded" ]
check_num "and has not lost a packet" $(($(all_drops) - lost)) -eq 0
bg_stop one
check_ledger vm0

say "megaflows off and on make the cache empty, too"
traffic many $((n_packets / 4))
check_fate "again"
check_not "again: masks are rounded" level_is "1 bit"
xvs cache set sw0 mega=off
xvs cache set sw0 mega=on
check_eq "wide masks" "$(level)" "1 bit"

finish
