# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Where xvs and the kernel's connection tracking differ, and why (ct_differential.py).

A pattern is searched in lines like
    NAME/PACKET: > SA seq=0 ack=1 len=0 win=8192: packet: kernel est-rpl, xvs inv
    NAME/PACKET: ...: state: kernel syn_recv, xvs syn_sent"""

DOCUMENTED = [
    (r"^(v6/)?echo/both-ask/3: < echo request .*packet: kernel new, xvs est-rpl",
     "both ends ask with one id: the second one's question is taken for part of the same exchange, "
     "as a connection's two ends are told apart by addresses and id only"),
    (r"^(v6/)?(before-window|acks-long-ago|window/scale-(7|14|15)\+1)/6: .*packet: kernel est(-rpl)?, "
     r"xvs inv",
     "a segment or acknowledgement from before the window is no part of the connection; "
     "the kernel lets it pass as one, and learns nothing from it"),
    (r"^((v6/)?(reopen-after-rst|each/close/>S)/5|walk/.*): [<>] S .*packet: kernel est(-rpl)?, xvs new",
     "after a connection's end a SYN begins a new one, whoever ended it; the kernel takes one "
     "after a reset of the same end only, and has others wait until the old one is over"),
    (r"^walk/.*: < (A|PA|FA) seq=\d{1,4} ack=1 len=\d+ .*packet: kernel (est-rpl, xvs inv|inv, xvs est-rpl)",
     "what the answering end sends beyond the window, before it was told of any, passes up to one "
     "more window; ours is rounded up to units of the scale, and does not grow by what was beyond"),
    (r"^syn-ack-acks-too-much/3: > R seq=5 .*packet: kernel new, xvs inv",
     "a reset that is not at the expected number is not believed, in SYN_SENT either"),
    (r"^walk/.*: [<>] RA? seq=\d{9,} .*packet: kernel (est|est-rpl|new), xvs inv",
     "a reset far outside of the window is none of the connection's (RFC 9293, 3.10.7.4); the "
     "kernel looks at where it is once the connection is assured"),
    (r"^(simultaneous-open-one-answer/4|split-handshake/5|each/syn-sent2/>SA/4|walk/.*): < P?A "
     r".*state: kernel established, xvs syn_recv",
     "opened by both ends at once a connection is established when the end that began has "
     "acknowledged; the kernel takes either's"),
    (r"^(reopen-in-last-ack/7|each/last-ack/>S/8|walk/.*): < P?A .*state: kernel last_ack, "
     r"xvs time_wait",
     "what answers a SYN that was ignored in LAST_ACK is judged as any acknowledgement"),
    (r"^walk/.*: < SA seq=0 .*state: kernel syn_recv, xvs (established|fin_wait|close_wait|last_ack)",
     "a SYN/ACK repeated behind a repeated SYN, late in a connection; the kernel takes both "
     "for the beginning of a new one"),
    (r"^walk/.*: < (A|PA|FA) .*state: kernel (fin_wait|syn_recv), xvs (last_ack|fin_wait|close_wait)",
     "what a server sends behind its first segment, before anything was acknowledged, is in "
     "the window of the SYN; the kernel lets it pass and learns nothing from it"),
]
