"""A small team of threads in C, and the barrier at which its members meet.

Every member runs the same step on its own columns. At a barrier it says that it has
arrived and, maybe later, waits for the others: first in a short loop, which costs less
than a system call, then by giving its core away, so that a team beside a busy process
slows in proportion. Where a thread can't be had, the team is smaller.
"""

from __future__ import annotations

# A member's steps are void steps_of(job *j, long me), written elsewhere.
SOURCE = """\
#include <pthread.h>
#include <sched.h>
#if defined(__x86_64__) || defined(__i386__)
#define PAUSE __builtin_ia32_pause()
#elif defined(__aarch64__)
#define PAUSE __asm__ volatile("yield")
#else
#define PAUSE (void)0
#endif

/* On a cache line of its own: only its member writes it. */
typedef struct { long barriers; char apart[120]; } place;
typedef struct job {
    %(fields)s
    long team; /* 0 until all of them are there */
    place at[%(team)d];
} job;
typedef struct { job *of; long me; } member;

static void arrive(job *j, long me) {
    __atomic_store_n(&j->at[me].barriers, j->at[me].barriers + 1, __ATOMIC_RELEASE);
}

static void wait_until(const long *what, long least) {
    for (long looks = 0; __atomic_load_n(what, __ATOMIC_ACQUIRE) < least; looks++) {
        if (looks < 2000) PAUSE;
        else sched_yield();
    }
}

static void wait_for_all(job *j, long me) {
    for (long other = 0; other < j->team; other++)
        wait_until(&j->at[other].barriers, j->at[me].barriers);
}

static void steps_of(job *j, long me);

static void *joined(void *given) {
    const member *m = given;
    wait_until(&m->of->team, 1);
    steps_of(m->of, m->me);
    return NULL;
}

static void run_team(job *j) {
    pthread_t threads[%(team)d];
    member members[%(team)d];
    long team = 1;
    for (; team < %(team)d; team++) {
        members[team] = (member){j, team};
        if (pthread_create(&threads[team], NULL, joined, &members[team])) break;
    }
    __atomic_store_n(&j->team, team, __ATOMIC_RELEASE);
    steps_of(j, 0);
    for (long other = 1; other < team; other++) pthread_join(threads[other], NULL);
}
"""
ALONE = """\
typedef struct job {
    %(fields)s
    long team;
} job;

static void steps_of(job *j, long me);
static void run_team(job *j) { j->team = 1; steps_of(j, 0); }
"""


def source(team: int, fields: str) -> str:
    """The C of a team of at most so many; ``fields`` of the struct that all share."""
    return (ALONE if team == 1 else SOURCE) % {"team": team, "fields": fields}


__all__ = ["source"]
