#include "threads.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <time.h>

// One task at a time. A task is announced by raising `generation`; helpers that are awake take parts from `next` until none is left.
// A helper holds a task only while it counts in `inside`, so the caller may return as soon as all parts are taken and `inside` is 0.

enum { most = 256, spins = 4000 };

static struct {
    pthread_mutex_t owner, lock;
    pthread_cond_t wake, idle;
    int threads, helpers;
    atomic_uint generation;
    atomic_int next, inside, parts;
    int sleeping, waiting;
    void (*body)(void *, int);
    void *context;
} pool = {.owner = PTHREAD_MUTEX_INITIALIZER, .lock = PTHREAD_MUTEX_INITIALIZER, .wake = PTHREAD_COND_INITIALIZER,
          .idle = PTHREAD_COND_INITIALIZER, .threads = 1};

static _Thread_local int is_inside;

static inline void relax(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
}

static void take_parts(void) {
    is_inside = 1;
    int part;
    while ((part = atomic_fetch_add(&pool.next, 1)) < atomic_load(&pool.parts)) pool.body(pool.context, part);
    is_inside = 0;
}

// Waits for a generation other than `seen`: a moment awake, then asleep.
static unsigned next_generation(unsigned seen) {
    unsigned now;
    for (int i = 0; i < spins; i++) {
        if ((now = atomic_load(&pool.generation)) != seen) return now;
        relax();
    }
    pthread_mutex_lock(&pool.lock);
    pool.sleeping++;
    while ((now = atomic_load(&pool.generation)) == seen) pthread_cond_wait(&pool.wake, &pool.lock);
    pool.sleeping--;
    pthread_mutex_unlock(&pool.lock);
    return now;
}

static void *help(void *argument) {
    (void)argument;
    unsigned seen = 0;
    for (;;) {
        seen = next_generation(seen);
        atomic_fetch_add(&pool.inside, 1);
        // The task may have ended meanwhile: then `next` is beyond its parts, and stays there until the next is announced.
        take_parts();
        if (atomic_fetch_sub(&pool.inside, 1) == 1) {
            pthread_mutex_lock(&pool.lock);
            if (pool.waiting) pthread_cond_signal(&pool.idle);
            pthread_mutex_unlock(&pool.lock);
        }
    }
    return NULL;
}

// Until no helper is inside a task: a moment awake, then asleep.
static void await_idle(void) {
    for (int i = 0; i < spins; i++) {
        if (atomic_load(&pool.inside) == 0) return;
        relax();
    }
    pthread_mutex_lock(&pool.lock);
    pool.waiting = 1;
    while (atomic_load(&pool.inside) != 0) pthread_cond_wait(&pool.idle, &pool.lock);
    pool.waiting = 0;
    pthread_mutex_unlock(&pool.lock);
}

void qk_set_threads(int count) {
    pthread_mutex_lock(&pool.owner);
    pool.threads = count < 1 ? 1 : count > most ? most : count;
    for (; pool.helpers < pool.threads - 1; pool.helpers++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, help, NULL) != 0) break;
        pthread_detach(thread);
    }
    pthread_mutex_unlock(&pool.owner);
}

int qk_threads(void) { return pool.threads; }

int qk_is_parallel(void) { return is_inside; }

static void run_alone(int parts, void (*body)(void *, int), void *context) {
    for (int part = 0; part < parts; part++) body(context, part);
}

void qk_parallel(int parts, void (*body)(void *, int), void *context) {
    if (parts <= 1 || is_inside || pool.helpers == 0 || pthread_mutex_trylock(&pool.owner) != 0) {
        run_alone(parts, body, context);
        return;
    }
    // Late helpers of the task before must be out before its fields are changed.
    await_idle();
    // A helper that looks in between these stores finds `next` beyond any number of parts.
    pool.body = body;
    pool.context = context;
    atomic_store(&pool.parts, parts);
    atomic_store(&pool.next, 0);
    pthread_mutex_lock(&pool.lock);
    atomic_fetch_add(&pool.generation, 1);
    if (pool.sleeping) pthread_cond_broadcast(&pool.wake);
    pthread_mutex_unlock(&pool.lock);
    take_parts();
    await_idle();
    atomic_store(&pool.next, 1 << 30);
    pthread_mutex_unlock(&pool.owner);
}
