// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "csum_finish.h"

#include <string.h>

#include "csum.h"

/* Words in the machine's order: their sum is the same but for the order of its
 * bytes, which is that of the field. */
static __u64 sum_words(const __u8 *p, __u32 len)
{
	__u64 sum = 0;
	__u32 word;
	__u16 tail;

	for (; len >= sizeof(word); len -= sizeof(word), p += sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		sum += word;
	}
	if (len >= sizeof(tail)) {
		memcpy(&tail, p, sizeof(tail));
		sum += tail;
		p += sizeof(tail);
		len -= (__u32)sizeof(tail);
	}
	if (len) {
		tail = 0;
		memcpy(&tail, p, 1);
		sum += tail;
	}
	return sum;
}

void csum_finish(__u8 *frame, __u32 len, __u16 start, __u16 offset)
{
	__u16 field = (__u16)~csum_fold(sum_words(frame + start, len - start));

	if (!field)
		field = 0xffff;
	memcpy(frame + start + offset, &field, sizeof(field));
}
