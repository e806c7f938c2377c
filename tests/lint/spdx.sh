#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# spdx.sh: each source file says its licence where it should: line 1, or line 2
# behind "#!". bpf/ is GPL-2.0-only, all else may also be had under BSD-2-Clause.

cd "$(dirname "$0")/../.." || exit 1
bad=0 n=0
dual='SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause'
while read -r file; do
    n=$((n + 1))
    line=$(head -n 1 "$file")
    [ "${line:0:2}" != '#!' ] || line=$(sed -n 2p "$file")
    want=$dual
    case $file in
    bpf/*.[ch] | *.bpf.c) want='SPDX-License-Identifier: GPL-2.0-only' ;;
    esac
    case $file in
    *.c) want="// $want" ;;
    *.h) want="/* $want */" ;;
    *) want="# $want" ;;
    esac
    # What builds the programs may go with them.
    case $file in
    bpf/*.sh | bpf/*.mk) [ "$line" != '# SPDX-License-Identifier: GPL-2.0-only' ] || continue ;;
    esac
    if [ "$line" != "$want" ]; then
        echo "$file: want \"$want\""
        bad=$((bad + 1))
    fi
done < <(find .ci bpf ctl docs include loader selftests tests Makefile -type f \
    \( -name '*.[ch]' -o -name '*.sh' -o -name '*.bash' -o -name '*.py' -o -name '*.mk' \
    -o -name Makefile -o -name '*.rules' -o -name '*.deny' \) ! -name vmlinux.h | sort)
echo "spdx: $n files, $bad findings"
[ $bad = 0 ]
