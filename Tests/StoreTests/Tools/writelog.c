// Notes every write to one file, with its bytes, and every wait for the disk, as a library that is loaded before the others:
//
//     cc -shared -fPIC -o writelog.so writelog.c -ldl
//     QKLENS_WRITES_OF=/path/data.mdb QKLENS_WRITE_LOG=/path/log LD_PRELOAD=./writelog.so program
//
// The log is a sequence of headers, each followed by `length` bytes if it is of a write. What a power cut may leave of the file can be
// built from any beginning of the log: see PowerCutTests.swift. With QKLENS_FAIL_THROUGH=n the n-th write that goes through to the disk,
// which is how the engine publishes a state, fails.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

enum kind { WRITTEN = 1, WRITTEN_THROUGH = 2, SYNCHRONISED = 3, TRUNCATED = 4 };

struct header {
    uint32_t kind, unused;
    uint64_t offset, length;
};

static int log_descriptor(void) {
    static int descriptor = -2;
    if (descriptor == -2) {
        const char *path = getenv("QKLENS_WRITE_LOG");
        descriptor = path ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;
    }
    return descriptor;
}

static int is_watched(int descriptor) {
    const char *wanted = getenv("QKLENS_WRITES_OF");
    char link[64], path[PATH_MAX];
    if (!wanted) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return strcmp(path, wanted) == 0;
}

// One writev, so that what threads note does not mix; aborts where it fails, since half a log proves nothing.
static void note(enum kind kind, uint64_t offset, uint64_t length, const void *bytes) {
    static ssize_t (*real)(int, const struct iovec *, int);
    if (log_descriptor() < 0) return;
    if (!real) real = dlsym(RTLD_NEXT, "writev");
    struct header header = {kind, 0, offset, length};
    struct iovec parts[2] = {{&header, sizeof header}, {(void *)bytes, bytes ? length : 0}};
    ssize_t all = (ssize_t)(sizeof header + parts[1].iov_len);
    if (real(log_descriptor(), parts, 2) != all) abort();
}

static void note_write(int descriptor, uint64_t offset, uint64_t length, const void *bytes) {
    note(fcntl(descriptor, F_GETFL) & O_DSYNC ? WRITTEN_THROUGH : WRITTEN, offset, length, bytes);
}

static int is_to_fail(int descriptor) {
    static int passes;
    const char *number = getenv("QKLENS_FAIL_THROUGH");
    return number && is_watched(descriptor) && fcntl(descriptor, F_GETFL) & O_DSYNC && ++passes == atoi(number);
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t count, off64_t offset) {
    static ssize_t (*real)(int, const void *, size_t, off64_t);
    if (!real) real = dlsym(RTLD_NEXT, "pwrite64");
    if (is_to_fail(descriptor)) {
        errno = EIO;
        return -1;
    }
    ssize_t done = real(descriptor, bytes, count, offset);
    if (done > 0 && is_watched(descriptor)) note_write(descriptor, offset, done, bytes);
    return done;
}

ssize_t pwrite(int descriptor, const void *bytes, size_t count, off_t offset) {
    return pwrite64(descriptor, bytes, count, offset);
}

ssize_t write(int descriptor, const void *bytes, size_t count) {
    static ssize_t (*real)(int, const void *, size_t);
    if (!real) real = dlsym(RTLD_NEXT, "write");
    off_t offset = is_watched(descriptor) ? lseek(descriptor, 0, SEEK_CUR) : -1;
    ssize_t done = real(descriptor, bytes, count);
    if (done > 0 && offset >= 0) note_write(descriptor, offset, done, bytes);
    return done;
}

ssize_t writev(int descriptor, const struct iovec *parts, int count) {
    static ssize_t (*real)(int, const struct iovec *, int);
    if (!real) real = dlsym(RTLD_NEXT, "writev");
    off_t offset = is_watched(descriptor) ? lseek(descriptor, 0, SEEK_CUR) : -1;
    ssize_t done = real(descriptor, parts, count), left = done;
    for (int i = 0; offset >= 0 && i < count && left > 0; i++) {
        ssize_t length = left < (ssize_t)parts[i].iov_len ? left : (ssize_t)parts[i].iov_len;
        note_write(descriptor, offset, length, parts[i].iov_base);
        offset += length;
        left -= length;
    }
    return done;
}

int fdatasync(int descriptor) {
    static int (*real)(int);
    if (!real) real = dlsym(RTLD_NEXT, "fdatasync");
    int result = real(descriptor);
    if (result == 0 && is_watched(descriptor)) note(SYNCHRONISED, 0, 0, NULL);
    return result;
}

int fsync(int descriptor) {
    static int (*real)(int);
    if (!real) real = dlsym(RTLD_NEXT, "fsync");
    int result = real(descriptor);
    if (result == 0 && is_watched(descriptor)) note(SYNCHRONISED, 0, 0, NULL);
    return result;
}

int ftruncate64(int descriptor, off64_t length) {
    static int (*real)(int, off64_t);
    if (!real) real = dlsym(RTLD_NEXT, "ftruncate64");
    int result = real(descriptor, length);
    if (result == 0 && is_watched(descriptor)) note(TRUNCATED, length, 0, NULL);
    return result;
}

int ftruncate(int descriptor, off_t length) { return ftruncate64(descriptor, length); }
