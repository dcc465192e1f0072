// Makes reading files slow, or has it hang, as a disk or a network that fails does, as a library that is loaded before the others:
//
//     cc -shared -fPIC -o slowread.so slowread.c -ldl
//     QKLENS_READ_DELAY=/path/delay LD_PRELOAD=./slowread.so program
//
// The file holds the microseconds that each pread waits first, as text; without it reads are as quick as ever. It is looked at again and
// again during the wait, so that a read that hangs goes on when the file changes.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static long delay(void) {
    char text[32];
    const char *path = getenv("QKLENS_READ_DELAY");
    int descriptor = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (descriptor < 0) return 0;
    ssize_t length = read(descriptor, text, sizeof text - 1);
    close(descriptor);
    if (length <= 0) return 0;
    text[length] = 0;
    return strtol(text, NULL, 10);
}

ssize_t pread(int descriptor, void *buffer, size_t count, off_t offset) {
    static ssize_t (*next)(int, void *, size_t, off_t);
    if (!next) next = (ssize_t(*)(int, void *, size_t, off_t))dlsym(RTLD_NEXT, "pread");
    const long look = 5000;
    for (long waited = 0; waited < delay(); waited += look) usleep(look);
    return next(descriptor, buffer, count, offset);
}
