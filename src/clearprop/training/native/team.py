"""A small team of threads in C, the barrier at which its members meet, and their help.

Every member runs the same step on its own columns. At a barrier it says that it has
arrived and, maybe later, waits for the others: it looks for a while, which takes less
than a system call, and then sleeps. Beside busy processes a sleeper is woken before
those that never slept, so that a team slows in proportion; one that gives its core away
with ``sched_yield`` was three times as slow beside eight of them. Who had to sleep
looks for half as long the next time, for nobody comes soon whose core another process
has; now and then it looks for as long as ever, to see whether that is over. Where a
thread can't be had, the team is smaller.

Cores are seldom equally fast: another guest of the machine uses the other half of one,
or they are of two kinds. So a member's long pieces of work are cut into units, and who
waits takes units of those who are still at it (``share``). What a unit computes doesn't
depend on who does it, so the numbers are the same in every run.
"""

from __future__ import annotations

# Units that ``share`` takes: ``void piece(const void *given, long unit, int helps)``.
CREW = """\
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

typedef void piece(const void *given, long unit, int helps);
/* A member. Others read the first line of it seldom, the second one when they wait. */
typedef struct {
    long barriers, step, looks, waits, owed;
    char apart[64 - 5 * sizeof(long)];
    uint64_t open; /* how many units its work has, and how many of them are taken */
    long helped; /* units that others have done for it, ever */
    piece *work;
    const void *given;
    char beside[64 - 4 * sizeof(uint64_t)];
} place;
typedef struct {
    place at[%(team)d];
    long size; /* 0 until all of them are there */
    long asleep; /* how many wait without looking */
    pthread_mutex_t door;
    pthread_cond_t bell;
} crew;

/* Either a sleeper sees what was told before, or who rings sees that one sleeps. */
static void ring(crew *c) {
    if (__atomic_load_n(&c->asleep, __ATOMIC_SEQ_CST) == 0) return;
    pthread_mutex_lock(&c->door);
    pthread_cond_broadcast(&c->bell);
    pthread_mutex_unlock(&c->door);
}

static void arrive(crew *c, long me) {
    __atomic_add_fetch(&c->at[me].barriers, 1, __ATOMIC_SEQ_CST);
    ring(c);
}

static int reached(const long *what, long least) {
    return __atomic_load_n(what, __ATOMIC_SEQ_CST) >= least;
}

/* Takes a unit of a member's work and does it; 0 where none is left. */
static int taken(crew *c, long of, long me) {
    place *at = &c->at[of];
    uint64_t seen = __atomic_load_n(&at->open, __ATOMIC_ACQUIRE);
    if ((uint32_t)seen >= seen >> 32) return 0;
    seen = __atomic_fetch_add(&at->open, 1, __ATOMIC_ACQUIRE);
    if ((uint32_t)seen >= seen >> 32) return 0;
    at->work(at->given, (uint32_t)seen, of != me);
    if (of != me) {
        __atomic_add_fetch(&at->helped, 1, __ATOMIC_SEQ_CST);
        ring(c);
    }
    return 1;
}

static int help(crew *c, long me) {
    const long size = __atomic_load_n(&c->size, __ATOMIC_RELAXED);
    for (long other = 0; other < size; other++)
        if (other != me && taken(c, other, me)) return 1;
    return 0;
}

static void wait_until(crew *c, long me, const long *what, long least) {
    place *own = &c->at[me];
    const int tries = ++own->waits %% 16 == 0;
    const long most = tries ? LOOKS : own->looks;
    for (long looks = 0; looks < most; looks++) {
        if (reached(what, least)) {
            if (tries) own->looks = 2 * own->looks < LOOKS ? 2 * own->looks : LOOKS;
            return;
        }
        if (!help(c, me)) PAUSE;
    }
    if (own->looks > FEWEST) own->looks /= 2;
    pthread_mutex_lock(&c->door);
    __atomic_add_fetch(&c->asleep, 1, __ATOMIC_SEQ_CST);
    while (!reached(what, least)) pthread_cond_wait(&c->bell, &c->door);
    __atomic_sub_fetch(&c->asleep, 1, __ATOMIC_SEQ_CST);
    pthread_mutex_unlock(&c->door);
}

static void wait_for_all(crew *c, long me) {
    for (long other = 0; other < c->size; other++)
        wait_until(c, me, &c->at[other].barriers, c->at[me].barriers);
}

/* A member's work, with the help of those who wait. */
static void share(crew *c, long me, piece *work, const void *given, long units) {
    place *own = &c->at[me];
    own->work = work, own->given = given;
    __atomic_store_n(&own->open, (uint64_t)units << 32, __ATOMIC_RELEASE);
    own->owed += units;
    while (taken(c, me, me)) own->owed--;
    if (!reached(&own->helped, own->owed)) wait_until(c, me, &own->helped, own->owed);
}

static void begin_step(crew *c, long me, long step) {
    __atomic_store_n(&c->at[me].step, step, __ATOMIC_RELAXED);
}

/* Before it goes on without a barrier, a member helps those who are behind. */
static void catch_up(crew *c, long me) {
    const long step = c->at[me].step;
    for (long other = 0; other < c->size; other++)
        while (other != me &&
               __atomic_load_n(&c->at[other].step, __ATOMIC_RELAXED) <= step &&
               taken(c, other, me)) {}
}
"""
# A member's steps are void steps_of(job *j, long me), written elsewhere.
SOURCE = """\
typedef struct job {
    %(fields)s
    crew crew;
} job;
typedef struct { job *of; long me; } member;

static void steps_of(job *j, long me);

static void *joined(void *given) {
    const member *m = given;
    crew *c = &m->of->crew;
    wait_until(c, m->me, &c->size, 1);
    steps_of(m->of, m->me);
    return NULL;
}

static void run_team(job *j) {
    crew *c = &j->crew;
    pthread_t threads[%(team)d];
    member members[%(team)d];
    long size = 1;
    pthread_mutex_init(&c->door, NULL);
    pthread_cond_init(&c->bell, NULL);
    for (long at = 0; at < %(team)d; at++) c->at[at].looks = LOOKS;
    for (; size < %(team)d; size++) {
        members[size] = (member){j, size};
        if (pthread_create(&threads[size], NULL, joined, &members[size])) break;
    }
    __atomic_store_n(&c->size, size, __ATOMIC_SEQ_CST);
    ring(c);
    steps_of(j, 0);
    for (long other = 1; other < size; other++) pthread_join(threads[other], NULL);
    pthread_cond_destroy(&c->bell);
    pthread_mutex_destroy(&c->door);
}
"""
NO_CREW = """\
typedef void piece(const void *given, long unit, int helps);
typedef struct { long size; } crew;

static void share(crew *c, long me, piece *work, const void *given, long units) {
    (void)c, (void)me;
    for (long unit = 0; unit < units; unit++) work(given, unit, 0);
}
"""
ALONE = """\
typedef struct job {
    %(fields)s
    crew crew;
} job;

static void steps_of(job *j, long me);
static void run_team(job *j) { j->crew.size = 1; steps_of(j, 0); }
"""


def crew(team: int) -> str:
    """The C of what a team of at most so many has in common, and of ``share``."""
    return NO_CREW if team == 1 else CREW % {"team": team}


def source(team: int, fields: str) -> str:
    """The C that runs a team; ``fields`` of the struct that all share."""
    return (ALONE if team == 1 else SOURCE) % {"team": team, "fields": fields}


__all__ = ["crew", "source"]
