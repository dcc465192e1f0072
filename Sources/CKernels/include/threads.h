#ifndef QK_THREADS_H
#define QK_THREADS_H

// The kernels' threads: the caller and count - 1 helpers, which sleep between products.

// How many threads share the work; call it while nothing runs.
void qk_set_threads(int count);
int qk_threads(void);

// Calls body(context, part) for every part in 0 ..< parts and returns when all have returned. Parts run in any order on any thread;
// inside a body, and while another caller has the helpers, they run one after the other on the calling thread.
void qk_parallel(int parts, void (*body)(void *context, int part), void *context);

// Whether the calling thread is inside a body.
int qk_is_parallel(void);

#endif
