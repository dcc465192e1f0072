#ifndef QK_SKINNY_PRODUCT_H
#define QK_SKINNY_PRODUCT_H

// c [m, n] += x [m, k] . w [k, n] for a few rows m, w streamed from memory once; rows ldx, ldw and ldc apart.
void qk_skinny_product(long m, long n, long k, const float *x, long ldx, const float *w, long ldw, float *c, long ldc);

// The most rows for which that is faster than a product that packs its operands, on this processor.
long qk_skinny_rows(void);

// The columns of c that are computed together; cuts among threads belong at their multiples.
long qk_skinny_columns(void);

#endif
