#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# includes.sh: the direction of dependencies, as written in includes.rules.

cd "$(dirname "$0")/../.." || exit 1
exec python3 - tests/lint/includes.rules <<'PY'
import os
import re
import sys

INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]')
SKELETON = re.compile(r".*\.skel\.h$")
allowed, only, never = {}, [], []
for line in open(sys.argv[1]):
    line = line.split("#")[0].strip()
    if not line:
        continue
    head, _, rest = line.partition(":")
    words = head.split()
    if words[0] == "only":
        only.append((re.compile(words[1] + "$"), rest.split()))
    elif words[0] == "never":
        never.append((words[1], [re.compile(w + "$") for w in line.split(":", 1)[1].split()]))
    else:
        allowed[words[0]] = rest.split()

files = {}
for top in ("include", "bpf", "loader", "ctl", "tests", "selftests"):
    for where, _, names in os.walk(top):
        for name in names:
            if name.endswith((".c", ".h")):
                files.setdefault(name, []).append(os.path.join(where, name))


def directory(path):
    """The entry of the rules that a file belongs to: the longest that fits."""
    fits = [d for d in allowed if path.startswith(d + "/")]
    return max(fits, key=len) if fits else None


def may(path, target):
    """Whether the entries 'target' reach the file 'path'."""
    return path == target or path.startswith(target + "/")


def quoted(path, name):
    here = directory(path)
    if SKELETON.match(name):
        return "skeleton" in allowed[here]
    if os.path.basename(name) == "vmlinux.h":
        return "vmlinux.h" in allowed[here]
    tail = re.sub(r"^(\.\./)+", "", name)
    found = [f for f in files.get(os.path.basename(name), []) if f.endswith(tail)]
    return any(directory(f) == here or any(may(f, t) for t in allowed[here]) for f in found)


def angled(path, name):
    for pattern, where in only:
        if pattern.match(name) and not any(may(path, w) for w in where):
            return False
    return not any(may(path, d) and any(p.match(name) for p in patterns)
                   for d, patterns in never)


bad = 0
total = 0
for path in sorted(p for ps in files.values() for p in ps):
    if directory(path) is None or path.endswith("vmlinux.h"):
        continue
    total += 1
    for number, line in enumerate(open(path, encoding="utf-8"), 1):
        m = INCLUDE.match(line)
        if m and not (quoted if m.group(1) == '"' else angled)(path, m.group(2)):
            print("%s:%d: %s may not include %s (tests/lint/includes.rules)"
                  % (path, number, directory(path), m.group(2)))
            bad += 1
print("includes: %d files, %d findings" % (total, bad))
sys.exit(bad != 0)
PY
