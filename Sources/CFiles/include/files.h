#ifndef QK_FILES_H
#define QK_FILES_H

// Calls of Linux that Swift cannot make: variadic ones, and those that glibc hides behind _GNU_SOURCE. Each returns -1 and sets errno
// where it fails.

// Opens path relative to the directory root, which may be a symbolic link; what leads out of it fails with EXDEV, a link of /proc with
// ELOOP. Always O_CLOEXEC. mode counts only with O_CREAT.
int qk_open_beneath(const char *root, const char *path, int flags, unsigned mode);

// Renames within a directory; EEXIST if the new name is taken.
int qk_rename_without_replacing(int directory, const char *from, const char *to);

// An empty file in memory that can be sealed; the name shows up in /proc only.
int qk_memory_file(const char *name);

// Forbids for ever to write to a file in memory and to change its size and its seals.
int qk_seal(int descriptor);

#endif
