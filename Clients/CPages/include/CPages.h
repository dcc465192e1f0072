#ifndef QK_PAGES_H
#define QK_PAGES_H

#include <stddef.h>

// The files of Clients/Pages, as they were when this was compiled.

// How many there are.
size_t qk_page_count(void);

// The name of one of them, as in "page.html".
const char *qk_page_name(size_t index);

// Its bytes, and how many they are.
const unsigned char *qk_page_bytes(size_t index);
size_t qk_page_size(size_t index);

#endif
