"""The system calls that a program in the sandbox may not make, by reason.

Each name stands with its numbers on x86_64 and on aarch64, from the kernel's own
``asm/unistd_64.h`` and ``asm-generic/unistd.h``; 0 where it doesn't exist. No forward
or backward pass needs one of these.
"""

from __future__ import annotations

import os

# name: (x86_64, aarch64)
NETWORK = {
    "socket": (41, 198),
    "socketpair": (53, 199),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
}
PROGRAMS = {
    "fork": (57, 0),
    "vfork": (58, 0),
    "execve": (59, 221),
    "execveat": (322, 281),
}
OTHER_PROCESSES = {
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "process_madvise": (440, 440),
    "process_mrelease": (448, 448),
    "pidfd_open": (434, 434),
    "pidfd_getfd": (438, 438),
    "pidfd_send_signal": (424, 424),
    "kcmp": (312, 272),
    "tkill": (200, 130),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "move_pages": (279, 239),
    "migrate_pages": (256, 238),
    "setpriority": (141, 140),
    "ioprio_set": (251, 30),
    "sched_setaffinity": (203, 122),
    "sched_setattr": (314, 274),
    "sched_setparam": (142, 118),
    "sched_setscheduler": (144, 119),
}
# Landlock guards what is in files, not their owners, times and modes.
ATTRIBUTES = {
    "chmod": (90, 0),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "chown": (92, 0),
    "fchown": (93, 55),
    "lchown": (94, 0),
    "fchownat": (260, 54),
    "utime": (132, 0),
    "utimes": (235, 0),
    "futimesat": (261, 0),
    "utimensat": (280, 88),
    "truncate": (76, 45),  # Landlock guards it from its third version on
    "setxattr": (188, 5),
    "lsetxattr": (189, 6),
    "fsetxattr": (190, 7),
    "removexattr": (197, 14),
    "lremovexattr": (198, 15),
    "fremovexattr": (199, 16),
}
SHARED_MEMORY = {
    "shmget": (29, 194),
    "shmat": (30, 196),
    "msgget": (68, 186),
    "semget": (64, 190),
    "mq_open": (240, 180),
    "mq_unlink": (241, 181),
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
}
THE_SYSTEM = {
    "mount": (165, 40),
    "umount2": (166, 39),
    "move_mount": (429, 429),
    "open_tree": (428, 428),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "unshare": (272, 97),
    "setns": (308, 268),
    "mknod": (133, 0),
    "mknodat": (259, 33),
    "open_by_handle_at": (304, 265),
    "fanotify_init": (300, 262),
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "acct": (163, 89),
    "sync": (162, 81),
    "syncfs": (306, 267),
    "reboot": (169, 142),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "personality": (135, 92),
    "syslog": (103, 116),
    "vhangup": (153, 58),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "adjtimex": (159, 171),
    "clock_adjtime": (305, 266),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
    "ioperm": (173, 0),
    "iopl": (172, 0),
    "modify_ldt": (154, 0),
    "uselib": (134, 0),
    "lookup_dcookie": (212, 18),
}
DENIED = {
    **NETWORK,
    **PROGRAMS,
    **OTHER_PROCESSES,
    **ATTRIBUTES,
    **SHARED_MEMORY,
    **THE_SYSTEM,
}

# Allowed for some arguments only: a thread is no new process, a signal may go to
# oneself, and so may a limit.
CLONE = (56, 220)
CLONE3 = (435, 435)
ON_ONESELF = {"kill": (62, 129), "tgkill": (234, 131), "prlimit64": (302, 261)}

# What the sandbox itself calls.
SECCOMP = (317, 277)
CAPSET = (126, 91)
LANDLOCK_CREATE_RULESET = 444  # the same everywhere, as all numbers from 424 on
LANDLOCK_ADD_RULE = 445
LANDLOCK_RESTRICT_SELF = 446

# Calls that are newer than this table don't exist in the sandbox.
NEWEST = 450

_COLUMN = {"x86_64": 0, "aarch64": 1}


def column() -> int | None:
    """Which of the two numbers counts here; None on another architecture."""
    return _COLUMN.get(os.uname().machine) if hasattr(os, "uname") else None
