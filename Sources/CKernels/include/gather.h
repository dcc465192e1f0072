#ifndef QK_GATHER_H
#define QK_GATHER_H

#include <stdint.h>

// Products of a sparse matrix S in compressed rows (offsets [count+1], indices, values) with a dense one, rows [*, columns].

// out [count, columns] <- S rows (+ initial [columns] on every row, if not NULL), columns from ..< to only
void qk_gather_sum(const long *offsets, const int32_t *indices, const float *values, long count, const float *rows, long columns, long from, long to, const float *initial, float *out);

// out [columns, count] <- (S rows) transposed, rows from ..< to only
void qk_gather_sum_transposed(const long *offsets, const int32_t *indices, const float *values, long count, const float *rows, long columns, long from, long to, float *out);

// out[p] <- left[t] . rows[indices[p]] for every entry p of row t; left [count, columns]
void qk_gather_dot(const long *offsets, const int32_t *indices, long count, const float *left, const float *rows, long columns, float *out);

#endif
