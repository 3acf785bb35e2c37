"""A small team of threads in C, and the barrier at which its members meet.

Every member runs the same step on its own columns. At a barrier it says that it has
arrived and, maybe later, waits for the others: it looks for a while, which takes less
than a system call, and then sleeps. Beside busy processes a sleeper is woken before
those that never slept, so that a team slows in proportion; one that gives its core away
with ``sched_yield`` was three times as slow beside eight of them. Who had to sleep
looks for half as long the next time, for nobody comes soon whose core another process
has; now and then it looks for as long as ever, to see whether that is over. Where a
thread can't be had, the team is smaller.
"""

from __future__ import annotations

# A member's steps are void steps_of(job *j, long me), written elsewhere.
SOURCE = """\
#include <pthread.h>
#if defined(__x86_64__) || defined(__i386__)
#define PAUSE __builtin_ia32_pause()
#elif defined(__aarch64__)
#define PAUSE __asm__ volatile("yield")
#else
#define PAUSE (void)0
#endif
#define LOOKS 2000 /* about 0.1 ms */
#define FEWEST 32

/* On a cache line of its own: only its member writes it. */
typedef struct { long barriers, looks, waits; char apart[104]; } place;
typedef struct job {
    %(fields)s
    long team; /* 0 until all of them are there */
    place at[%(team)d];
    long asleep; /* how many wait without looking */
    pthread_mutex_t door;
    pthread_cond_t bell;
} job;
typedef struct { job *of; long me; } member;

/* Either a sleeper sees what is told, or who tells sees that one sleeps. */
static void tell(job *j, long *what, long value) {
    __atomic_store_n(what, value, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&j->asleep, __ATOMIC_SEQ_CST) == 0) return;
    pthread_mutex_lock(&j->door);
    pthread_cond_broadcast(&j->bell);
    pthread_mutex_unlock(&j->door);
}

static void arrive(job *j, long me) {
    tell(j, &j->at[me].barriers, j->at[me].barriers + 1);
}

static int reached(const long *what, long least) {
    return __atomic_load_n(what, __ATOMIC_SEQ_CST) >= least;
}

static void wait_until(job *j, place *own, const long *what, long least) {
    const int tries = ++own->waits %% 16 == 0;
    const long most = tries ? LOOKS : own->looks;
    for (long looks = 0; looks < most; looks++) {
        if (reached(what, least)) {
            if (tries) own->looks = 2 * own->looks < LOOKS ? 2 * own->looks : LOOKS;
            return;
        }
        PAUSE;
    }
    if (own->looks > FEWEST) own->looks /= 2;
    pthread_mutex_lock(&j->door);
    __atomic_add_fetch(&j->asleep, 1, __ATOMIC_SEQ_CST);
    while (!reached(what, least)) pthread_cond_wait(&j->bell, &j->door);
    __atomic_sub_fetch(&j->asleep, 1, __ATOMIC_SEQ_CST);
    pthread_mutex_unlock(&j->door);
}

static void wait_for_all(job *j, long me) {
    for (long other = 0; other < j->team; other++)
        wait_until(j, &j->at[me], &j->at[other].barriers, j->at[me].barriers);
}

static void steps_of(job *j, long me);

static void *joined(void *given) {
    const member *m = given;
    wait_until(m->of, &m->of->at[m->me], &m->of->team, 1);
    steps_of(m->of, m->me);
    return NULL;
}

static void run_team(job *j) {
    pthread_t threads[%(team)d];
    member members[%(team)d];
    long team = 1;
    pthread_mutex_init(&j->door, NULL);
    pthread_cond_init(&j->bell, NULL);
    for (long at = 0; at < %(team)d; at++) j->at[at].looks = LOOKS;
    for (; team < %(team)d; team++) {
        members[team] = (member){j, team};
        if (pthread_create(&threads[team], NULL, joined, &members[team])) break;
    }
    tell(j, &j->team, team);
    steps_of(j, 0);
    for (long other = 1; other < team; other++) pthread_join(threads[other], NULL);
    pthread_cond_destroy(&j->bell);
    pthread_mutex_destroy(&j->door);
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
