#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Prints vmlinux.h: of the running kernel's types, those that the programs use.
#
# usage: vmlinux.sh BPFTOOL [BTF]
#
# A whole dump is 130,000 lines. Types that are named as "full" below are taken
# as they are; of the large kernel structs only the members named are taken, in
# whatever nested group they lie: with preserve_access_index the loader finds
# each member by its name in the kernel that it loads into. The two contexts are
# stable ABI and stand behind that: the compiler would split a relocated access
# in two, and the verifier takes no modified context pointer.
set -eu

bpftool=$1
btf=${2:-/sys/kernel/btf/vmlinux}

printf '/* SPDX-License-Identifier: GPL-2.0-only */ /* from Linux %s by make vmlinux.h */\n' \
	"$(uname -r | cut -d- -f1)"

"$bpftool" btf dump file "$btf" format c | awk '
BEGIN {
	split("__s8 __u8 __s16 __u16 __s32 __u32 __s64 __u64 u8 u16 u32 u64 bool " \
	      "__be16 __be32 __be64 __wsum", names, " ")
	for (i in names)
		typedefs[names[i]] = 1
	full["enum bpf_map_type"] = full["enum xdp_action"] = full["enum bpf_hdr_start_off"] = 1
	stable["struct xdp_md"] = stable["struct __sk_buff"] = 1
	# anonymous enums, by one constant of each
	split("false BPF_ANY BPF_F_MMAPABLE BPF_F_RECOMPUTE_CSUM BPF_F_PSEUDO_HDR " \
	      "BPF_F_INGRESS BPF_RB_NO_WAKEUP", names, " ")
	for (i in names)
		constants[names[i]] = 1
	members["struct net_device"] = " ifindex nd_net "
	members["struct net"] = " ns "
	members["struct ns_common"] = " inum "
	anonymous["possible_net_t"] = 1
	print "#ifndef __VMLINUX_H__\n#define __VMLINUX_H__\n"
	print "#ifndef BPF_NO_PRESERVE_ACCESS_INDEX"
	print "#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)"
	print "#endif\n"
}
/^typedef [^{]*;$/ {
	name = $NF
	sub(/;$/, "", name)
	if (name in typedefs && !(name in seen)) {
		seen[name] = 1
		print $0 "\n"
	}
	next
}
/^(typedef )?(struct|union|enum)( [a-z_0-9A-Z]+)? \{$/ {
	head = $0
	sub(/ \{$/, "", head)
	block = $0
	n = wanted = 0
	delete line
	next
}
/^}.*;$/ && block != "" {
	tail = $0
	gsub(/^} ?|;$/, "", tail)
	if (head in full || (head == "enum" && wanted) || tail in anonymous) {
		print block
		for (i = 1; i <= n; i++)
			print line[i]
		print $0 "\n"
	} else if (head in stable) {
		later = later block "\n"
		for (i = 1; i <= n; i++)
			later = later line[i] "\n"
		later = later $0 "\n\n"
	} else if (head in members) {
		print block
		for (i = 1; i <= n; i++) {
			name = line[i]
			gsub(/^.*[ *]|\[.*|;$/, "", name)
			if (index(members[head], " " name " ")) {
				sub(/^\t+/, "\t", line[i])
				print line[i]
			}
		}
		print $0 "\n"
	}
	block = ""
	next
}
block != "" {
	line[++n] = $0
	name = $1
	sub(/,$/, "", name)
	if (name in constants)
		wanted = 1
}
END {
	print "#ifndef BPF_NO_PRESERVE_ACCESS_INDEX\n#pragma clang attribute pop\n#endif\n"
	printf "%s", later
	print "#endif /* __VMLINUX_H__ */"
}'
