#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# sizes.sh: no .c file above 600 lines, no function above 60. A flat switch or
# table of up to 100 lines carries the waiver "sizes: flat" in a comment in
# front of it. Tables of test rows (tests/, selftests/*/rows_*) may be long.

cd "$(dirname "$0")/../.." || exit 1
exec python3 - <<'PY'
import os
import re
import sys

FILE_LIMIT, FUNCTION_LIMIT, WAIVED_LIMIT = 600, 60, 100
# The name of the function whose body begins: the line that ends in ")".
NAME = re.compile(r"(\w+)\s*\(")


def functions(lines):
    """(name, first line, length, waived) of each body in column 0."""
    start = None
    for i, line in enumerate(lines):
        if line.rstrip("\n") == "{":
            start = i
        elif line.startswith("}") and start is not None:
            head = start - 1
            while head > 0 and not NAME.match(lines[head].lstrip("* \t")) and \
                    not re.match(r"[A-Za-z_]", lines[head]):
                head -= 1
            name = NAME.search(lines[head])
            before = "".join(lines[max(0, head - 6):start])
            yield (name.group(1) if name else "?", head + 1, i - start - 1,
                   "sizes: flat" in before)
            start = None


bad = n_files = n_functions = 0
for top in ("bpf", "ctl", "include", "loader", "selftests", "tests"):
    for where, _, names in sorted(os.walk(top)):
        for name in sorted(names):
            if not name.endswith((".c", ".h")) or name == "vmlinux.h":
                continue
            path = os.path.join(where, name)
            lines = open(path, encoding="utf-8").readlines()
            n_files += 1
            table = top == "tests" or name.startswith("rows_")
            if name.endswith(".c") and len(lines) > FILE_LIMIT and not table:
                print("%s: %d lines, limit %d: split it by noun" % (path, len(lines), FILE_LIMIT))
                bad += 1
            for function, line, length, waived in functions(lines):
                n_functions += 1
                if length > (WAIVED_LIMIT if waived else FUNCTION_LIMIT):
                    print("%s:%d: %s has %d lines" % (path, line, function, length))
                    bad += 1
print("sizes: %d files, %d functions, %d findings" % (n_files, n_functions, bad))
sys.exit(bad != 0)
PY
