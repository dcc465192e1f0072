#ifndef QK_GATHER_H
#define QK_GATHER_H

#include <stdint.h>

// Products of a sparse matrix S in compressed rows (offsets [count+1], indices, values) with a dense one, rows [*, columns].

// The part of a product that one call computes.
struct qk_block { long first_row, end_row, first_column, end_column; };

// What is added to a product: factors[t] (1 where factors is NULL) times row t of a matrix whose rows are stride apart (0: one row for
// all); nothing where rows is NULL.
struct qk_base { const float *rows, *factors; long stride; };

// out [count, columns] <- S rows + base, within the block
void qk_gather_sum(
    const long *offsets, const int32_t *indices, const float *values, struct qk_block block, const float *rows, long columns,
    struct qk_base base, float *out);

// out [columns, count] <- (S rows + base) transposed, within the block of S rows
void qk_gather_sum_transposed(
    const long *offsets, const int32_t *indices, const float *values, struct qk_block block, const float *rows, long columns,
    long count, struct qk_base base, float *out);

// out[p] <- left[t] . rows[indices[p]] for every entry p of the rows first ..< end of S; left [count, columns]
void qk_gather_dot(const long *offsets, const int32_t *indices, long first, long end, const float *left, const float *rows, long columns, float *out);

#endif
