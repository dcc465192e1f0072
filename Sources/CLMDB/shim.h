// LMDB's interface, and two of the system that the storage needs and Swift's Glibc module leaves out.
#include <lmdb.h>
#include <pthread.h>
#include <sys/vfs.h>

extern int pthread_setname_np(pthread_t thread, const char *name);
