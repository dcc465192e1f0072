#define _GNU_SOURCE
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

// A rename elsewhere while ".." is followed makes the kernel give up with EAGAIN; a caller who keeps renaming does not keep us here.
enum { ATTEMPTS = 100 };

int qk_open_beneath(const char *root, const char *path, int flags, unsigned mode) {
    int directory = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0) return -1;
    struct open_how how = {
        .flags = (uint64_t)(unsigned)(flags | O_CLOEXEC),
        .mode = flags & O_CREAT ? mode : 0,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
    };
    long file;
    int attempts = 0;
    do {
        file = syscall(SYS_openat2, directory, path, &how, sizeof how);
    } while (file < 0 && (errno == EINTR || errno == EAGAIN) && ++attempts < ATTEMPTS);
    int failure = errno;
    close(directory);
    errno = failure;
    return (int)file;
}

int qk_rename_without_replacing(int directory, const char *from, const char *to) {
    if (renameat2(directory, from, directory, to, RENAME_NOREPLACE) == 0) return 0;
    if (errno != EINVAL) return -1;
    // A file system that cannot do it in one step: a hard link fails where the name is taken; of a directory there is none.
    if (linkat(directory, from, directory, to, 0) == 0) return unlinkat(directory, from, 0);
    if (errno != EPERM) return -1;
    struct stat status;
    if (fstatat(directory, to, &status, AT_SYMLINK_NOFOLLOW) == 0) {
        errno = EEXIST;
        return -1;
    }
    return errno == ENOENT ? renameat(directory, from, directory, to) : -1;
}

int qk_memory_file(const char *name) { return memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING); }

int qk_seal(int descriptor) {
    return fcntl(descriptor, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
}
