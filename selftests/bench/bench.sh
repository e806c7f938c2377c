#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# bench.sh: all benchmarks, one after the other. Not a test: it prints figures,
# with the goals beside them, and fails only when a benchmark cannot run.
#
#   ROUNDS=N PACKETS=N       of the live frames (default 11 and 2,000,000)
#   PAIRS=N SECONDS_EACH=N   of the TCP throughput scripts (default 5 and 4)
#   ROUNDS_CLASSIFIER=N      pairs of runs of the classifiers (default 5)

set -u

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
B=${B:-$top/build}
case $B in /*) ;; *) B=$top/$B ;; esac
export B PAIRS=${PAIRS:-5} SECONDS_EACH=${SECONDS_EACH:-4}
failed=0

if [ "$(id -u)" != 0 ]; then
    echo "bench: needs root: it loads programs and makes name spaces" >&2
    exit 1
fi

section() { # TITLE COMMAND...
    echo
    echo "== $1"
    shift
    "$@" || {
        failed=$((failed + 1))
        echo "bench: $*: failed" >&2
    }
}

section "Lookup (G2, G3, memory)" "$B/selftests/bench_lookup"
section "Pipelines: tables, groups, meters" "$B/selftests/bench_pipeline"
section "A sweep of 200,000 cached flows (G13)" "$B/selftests/bench_sweep"
section "A firewall of 10,000 rules and 1,000 groups" "$B/selftests/bench_policy"
section "Rings of vhost-user guests, in one process" "$B/selftests/bench_vring"
section "Packets a second (G1, G6, G7)" \
    "$B/selftests/bench_live" "${ROUNDS:-11}" "${PACKETS:-2000000}"
section "TCP guest to guest / Linux bridge (G8)" \
    "$top/selftests/run.sh" -v throughput_bridge
section "TCP wire to guest / Linux bridge (G8b)" \
    "$top/selftests/run.sh" -v wire_to_guest
section "Classifier (beside Open vSwitch's)" \
    env "ROUNDS=${ROUNDS_CLASSIFIER:-5}" "$here/classifier.sh"
section "Subtables probed for a megaflow hit (G4)" \
    env LIMIT=600 "$top/selftests/run.sh" -v "$here/zipf_cache.sh"
section "Under pressure (G5, G10, G12, G16)" \
    env LIMIT=1800 "$top/selftests/run.sh" -v "$here/pressure.sh"
section "Guests: vhost-user and veth / Open vSwitch's user-space datapath" \
    env LIMIT=1200 "$top/selftests/run.sh" -v "$here/vhost.sh"
section "Guests: MUX and UPT" env LIMIT=600 "$top/selftests/run.sh" -v "$here/upt.sh"
section "Guests: 1,000 that are silent" env GUESTS=1000 "$top/selftests/run.sh" -v vhost_idle
[ $failed = 0 ]
