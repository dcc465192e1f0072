#ifndef QK_VECTOR_LEVEL_H
#define QK_VECTOR_LEVEL_H

// Which of the machine versions of QK_CLONES this processor runs: 4 for x86-64-v4, 3 for x86-64-v3, 1 for the default.
int qk_vector_level(void);

#endif
