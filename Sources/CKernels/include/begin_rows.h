#ifndef QK_BEGIN_ROWS_H
#define QK_BEGIN_ROWS_H

// c [m, n] <- beta c (+ bias [n] on every row, if not NULL), rows ldc apart; with beta 0, c is not read.
void qk_begin_rows(float *c, long m, long n, long ldc, float beta, const float *bias);

#endif
