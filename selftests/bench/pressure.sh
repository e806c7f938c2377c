#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# pressure: what a switch does in its worst minute, as ratios of one run. Figures,
# not a test: what is checked is that packets went where the figures say.
#
#   att 10.0.0.1 ──┐
#   vic 10.0.0.2 ──┤ sw0 / br0    the daemon and its slow path have CPU 0, the
#   srv 10.0.0.9 ──┘              storm is made on CPU 1
#
#   setups     set-ups of flows a second, each with a cached flow of its own, beside
#              Open vSwitch's user-space datapath with AF_XDP ports, in turns (G10):
#              first packets that the server's device has, which the switch replayed
#   explosion  the victim's packets a second while the attacker's walk over prefixes,
#              or as many packets of one flow, come from the other port (G5)
#   first      round trip of a flow's first packet, P99, against the steady one (G12)
#   scale      packets a second of 32,768 flows against those of one (G16)
#
#   KINDS='setups explosion first scale'
#   ROUNDS=N SECONDS_EACH=N   turns of each (default 5), and how long (default 2)
#   SETUP_RATE=N              new flows offered a second (default 700,000)
#   WALK_RATES='1000 100000'  packets a second of the explosion
#   VICTIM_FLOWS='1 10000'    flows of the victim's
#   HOOK=tc                   of xvs's ports (default xdp, as Open vSwitch has)

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../netns/common/pressure.bash"
. "$(dirname "$0")/ovs_netdev.bash"

OVS_DPDK=off
rounds=${ROUNDS:-5} seconds=${SECONDS_EACH:-2} setup_rate=${SETUP_RATE:-700000}
kinds=${KINDS:-setups explosion first scale}
walk_rates=${WALK_RATES:-1000 100000} victim_flows=${VICTIM_FLOWS:-1 10000}
nowhere=02:00:00:00:00:fe # the server's stack drops it
declare -A figures=()

[ "$(nproc)" -ge 2 ] || { skip "pressure" "one CPU: switch and storm need one each"; finish; exit; }
# The machine's other work shall not decide.
renice -n -15 $$ >/dev/null
[ ! -e /proc/self/autogroup ] || echo -15 >/proc/self/autogroup

# ---------------------------------------------------------------- the switches

pressure_devices() {
    local guest
    pressure_guests
    for guest in att vic srv; do
        # One queue: an AF_XDP port of Open vSwitch's has one socket.
        in_ns $guest ethtool -L eth0 rx 1 tx 1
        ethtool -L $guest rx 1 tx 1
    done
}

xvs_start() { # RULES
    # As many as the longest turn makes, and their new versions.
    taskset -c 0 "$XVSD" --daemon --flow-limit 1048576
    [ ! -e "/proc/$(daemon_pid)/autogroup" ] || echo -15 >"/proc/$(daemon_pid)/autogroup"
    pressure_attach xdp
    xvs -q flow replace sw0 "$1"
}

# What one port may send up is a limit that this figure is not about.
admit_all() {
    "$XVSCTL" -q port set sw0 att upcall-rate=0 2>"$XVS_TEST_DIR/admit" ||
        say "admission cannot be set ($(cat "$XVS_TEST_DIR/admit")): it decides the figure"
    "$XVSCTL" -q admission set byte-rate=0 2>/dev/null || :
}

ovs_setups_start() {
    ovs_start 1
    taskset -a -c -p 0 "${bg_pid[vswitchd]}" >/dev/null
    [ ! -e "/proc/${bg_pid[vswitchd]}/autogroup" ] || echo -15 >"/proc/${bg_pid[vswitchd]}/autogroup"
    ovs_vsctl set open_vswitch . other_config:flow-limit=1000000 other_config:max-idle=60000
    ovs_afxdp att
    ovs_afxdp srv
    ovs-ofctl -O OpenFlow13 del-flows "unix:$ovs/br0.mgmt"
    ovs-ofctl -O OpenFlow13 add-flow "unix:$ovs/br0.mgmt" \
        "udp,actions=$(five_tuple "output:$(ovs_vsctl get interface srv ofport)")"
    ovs-appctl -t "$ovs/ctl" upcall/set-flow-limit 1000000 >/dev/null
}

# ---------------------------------------------------------------- readings

arrived() { # GUEST: frames that its device has
    in_ns "$1" cat /sys/class/net/eth0/statistics/rx_packets 2>/dev/null ||
        ip -n "$1" -j -s link show eth0 | jq '.[0].stats64.rx.packets'
}

# Packets a second that arrive at the server, for so long.
arrival_rate() { # SECONDS
    local n0 n1 t0 t1
    t0=${EPOCHREALTIME/./} n0=$(arrived srv)
    sleep "$1"
    t1=${EPOCHREALTIME/./} n1=$(arrived srv)
    echo $(((n1 - n0) * 1000000 / (t1 - t0)))
}

report() { # WHAT NAME UNIT [MORE]
    say "FIGURE $1: $(mid "${figures[$2]}")${3:+ $3}${4:+, $4}"
}

# shellcheck disable=SC2086 # lists of words
ratios() { # NAME NAME: of each turn
    paste <(printf '%s\n' ${figures[$1]}) <(printf '%s\n' ${figures[$2]}) |
        awk '{ printf "%.2f\n", $2 ? $1 / $2 : 0 }' | paste -sd' '
}

# ---------------------------------------------------------------- set-ups (G10)

storm_on_1() { # KIND RATE SECONDS [OPTION...]
    bg storm in_ns att taskset -c 1 "$TOOLS/flow_storm" eth0 "$1" "$2" "$3" \
        "$(dev_mac att)" $nowhere "${@:4}"
}

cached_flows() { # SIDE
    case $1 in
    xvs) cache_stat .megaflows ;;
    ovs) ovs-appctl -t "$ovs/ctl" upcall/show | sed -n 's/.*(current \([0-9]*\)).*/\1/p' ;;
    esac
}

setups_turn() { # SIDE ROUND
    local rate before flows
    case $1 in
    xvs) xvs_start "$XVS_TEST_DIR/rules" && admit_all ;;
    ovs) ovs_setups_start ;;
    esac
    storm_on_1 one 1000 30
    check "$1: packets arrive" wait_for 10 packets_arrive
    bg_stop storm
    before=$(arrived srv)
    storm_on_1 random "$setup_rate" 1.6 "seed=$2"
    sleep 0.3
    rate=$(arrival_rate 1)
    bg_wait storm || :
    figures[$1 setups]+=" $rate"
    flows=$(cached_flows "$1")
    say "$1: $(bg_out storm | jq .per_s) offered, $rate set up a second, $flows cached of" \
        "$(($(arrived srv) - before)) that arrived"
    case $1 in
    xvs) xvs -q detach ;;
    ovs) ovs_stop ;;
    esac
}

packets_arrive() {
    local before
    before=$(arrived srv)
    sleep 0.1
    [ $(($(arrived srv) - before)) -ge 50 ]
}

setups() {
    local sides='xvs ovs' side round
    echo "udp,actions=$(five_tuple output:srv)" >"$XVS_TEST_DIR/rules"
    ovs_there || { skip "Open vSwitch's half" "openvswitch-switch-dpdk is not installed"; sides=xvs; }
    for ((round = 1; round <= rounds; round++)); do
        for side in $sides; do
            setups_turn "$side" "$round"
        done
    done
    for side in $sides; do
        report "flow set-ups: $side" "$side setups" "a second"
    done
    [ "$sides" = xvs ] || {
        figures[ratio]=$(ratios "xvs setups" "ovs setups")
        report "G10: flow set-ups, xvs / OVS" ratio "" "goal >= 3"
    }
}

# ---------------------------------------------------------------- explosion (G5)

# Allowed is what each of three fields allows, the rest of the attacker's is denied.
explosion_rules() {
    cat >"$XVS_TEST_DIR/rules" <<'RULES'
priority=100,in_port=vic,actions=output:srv
priority=30,udp,in_port=att,nw_src=10.9.9.9,actions=drop
priority=29,udp,in_port=att,tp_src=7000,actions=drop
priority=28,udp,in_port=att,tp_dst=5000,actions=drop
priority=1,in_port=att,actions=drop
RULES
}

victim_rate() { # FLOWS: packets a second that arrive
    local rate
    bg victim in_ns vic taskset -c 0 "$B/selftests/live_gen" eth0 "$1" $((seconds + 1)) \
        "$(dev_mac vic)" $nowhere
    sleep 0.5
    rate=$(arrival_rate "$seconds")
    bg_wait victim || :
    echo "$rate"
}

explosion_turn() { # one|walk RATE FLOWS
    local rate
    xvs_start "$XVS_TEST_DIR/rules"
    storm_on_1 "$1" "$2" 600 from=10.9.9.9 sport=7000 dport=5000
    # Once around the walk, so far as it keeps its flows: 10 s is the idle timeout.
    sleep $((2 + ($2 < 8192 ? 8 : 0)))
    rate=$(victim_rate "$3" 2>&1 | tail -n 1)
    say "$1, $2/s, $3 flows: $rate packets/s;" \
        "$(xvs_json cache stats sw0 | jq -c '{megaflows, subtables, mask_level}')"
    bg_stop storm
    figures[$1 $2 $3]+=" $rate"
    xvs -q detach
    [ "$rate" -gt 0 ]
}

explosion() {
    local round rate flows attack
    explosion_rules
    for rate in $walk_rates; do
        for flows in $victim_flows; do
            for ((round = 0; round < rounds; round++)); do
                for attack in one walk; do
                    check "$attack, $rate/s: the victim's packets arrive" \
                        explosion_turn $attack "$rate" "$flows"
                    grep FIGURE "$XVS_TEST_DIR/check.out" || quote <"$XVS_TEST_DIR/check.out"
                done
            done
            for attack in one walk; do
                report "$rate packets/s of the attacker's ($attack), $flows flows of the victim's" \
                    "$attack $rate $flows" "packets/s"
            done
            figures[ratio]=$(ratios "walk $rate $flows" "one $rate $flows")
            report "G5: $rate packets/s, $flows flows: victim under explosion / under one flow" \
                ratio "" "goal >= 0.80"
        done
    done
}

# ---------------------------------------------------------------- first packets (G12)

first() {
    local round new same
    pressure_rules_to "$XVS_TEST_DIR/rules"
    xvs_start "$XVS_TEST_DIR/rules"
    echo_start
    for ((round = 0; round < rounds; round++)); do
        same=$(in_ns vic "$TOOLS/udp_probe" same 10.0.0.9 $echo_port 1000 1 1000)
        new=$(in_ns vic "$TOOLS/udp_probe" new 10.0.0.9 $echo_port 1000 1 1000 $((20000 + round * 1000)))
        check_num "first packets: all answered" "$(jq .lost <<<"$new")" -eq 0
        figures[new]+=" $(jq .p99_us <<<"$new")"
        figures[new50]+=" $(jq .p50_us <<<"$new")"
        figures[same]+=" $(jq .p50_us <<<"$same")"
        figures[same99]+=" $(jq .p99_us <<<"$same")"
    done
    bg_stop echo
    xvs -q detach
    report "first packet, round trip, P50" new50 us
    report "first packet, round trip, P99" new us
    report "steady round trip, P50" same us
    report "steady round trip, P99" same99 us
    figures[ratio]=$(ratios new same)
    report "G12: first packet P99 / steady round trip P50" ratio "" "goal <= 5"
}

# ---------------------------------------------------------------- many flows (G16)

# All of them are cached: the device's statistics stand for it.
many_cached() { [ "$(cache_stat .megaflows)" -ge 32768 ]; }

scale() {
    local round flows
    pressure_rules_to "$XVS_TEST_DIR/rules"
    xvs_start "$XVS_TEST_DIR/rules"
    for ((round = 0; round < rounds; round++)); do
        for ((flows = 0; flows < 10; flows++)); do
            ! many_cached || break
            in_ns vic "$B/selftests/live_gen" eth0 32768 0.5 "$(dev_mac vic)" $nowhere >/dev/null
        done
        check "32,768 flows are cached" many_cached
        figures[many]+=" $(victim_rate 32768 | tail -n 1)"
        figures[few]+=" $(victim_rate 1 | tail -n 1)"
    done
    xvs -q detach
    report "packets/s, 1 flow" few ""
    report "packets/s, 32,768 flows, a megaflow each" many ""
    figures[ratio]=$(ratios many few)
    report "G16: packets/s, 32,768 flows / 1 flow" ratio "" "goal >= 0.6"
}

pressure_devices
for kind in $kinds; do
    $kind
done
finish
