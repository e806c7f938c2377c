#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# run_fuzz.sh SECONDS DIR NAME...: runs DIR/fuzz_NAME for an equal share of the
# time each. Seeds are tests/fuzz/corpus/NAME; what is found goes below DIR.
# FUZZ_SEED=N repeats a run (0, the default: another one each time).
set -u

seconds=$1
dir=$2
shift 2
[ $# -gt 0 ] || { echo "no fuzz targets"; exit 1; }
share=$((seconds / $#))
[ "$share" -gt 0 ] || share=1
failed=0

export UBSAN_OPTIONS="${UBSAN_OPTIONS:-print_stacktrace=1}"
for name in "$@"; do
	echo "## fuzz_$name, $share s"
	mkdir -p "$dir/corpus-$name"
	seeds=tests/fuzz/corpus/$name
	[ -d "$seeds" ] || seeds=
	dict=tests/fuzz/$name.dict
	[ -f "$dict" ] && dict=-dict=$dict || dict=
	log=$dir/fuzz_$name.log
	# shellcheck disable=SC2086 # $dict and $seeds are one word or none
	if "$dir/fuzz_$name" -max_total_time="$share" -seed="${FUZZ_SEED:-0}" -timeout=10 -rss_limit_mb=2048 \
		-print_final_stats=1 -artifact_prefix="$dir/finding-$name-" $dict \
		"$dir/corpus-$name" $seeds >"$log" 2>&1; then
		grep '^stat::number_of_executed_units' "$log"
	else
		tail -n 60 "$log"
		echo "## fuzz_$name failed; all of its output is in $log"
		failed=1
	fi
done
exit $failed
