#include "gather.h"
#include "vector_exp.h"

// Slabs of 64 columns, outermost: one slab of the dense matrix (2400 rows: 600 kB) stays in the second-level cache while every
// sparse row gathers from it, and the sum stays in registers.
enum { lanes = 16, slab = 4 * lanes, tile = 16 };
typedef float vector __attribute__((vector_size(4 * lanes), aligned(4)));
typedef float sums __attribute__((vector_size(4 * lanes)));

// A sum's start: factor times base, or nothing where base is NULL.
static inline __attribute__((always_inline)) void gather_slab(
    const int32_t *indices, const float *values, long count, const float *rows, long columns, float factor, const float *base, float *out) {
    sums a = {0}, b = {0}, c = {0}, d = {0};
    if (base) {
        const vector *start = (const vector *)base;
        a = factor * start[0], b = factor * start[1], c = factor * start[2], d = factor * start[3];
    }
    for (long p = 0; p < count; p++) {
        const vector *row = (const vector *)(rows + indices[p] * columns);
        float v = values[p];
        a += v * row[0], b += v * row[1], c += v * row[2], d += v * row[3];
    }
    vector *target = (vector *)out;
    target[0] = a, target[1] = b, target[2] = c, target[3] = d;
}

static inline __attribute__((always_inline)) void gather_rest(
    const int32_t *indices, const float *values, long count, const float *rows, long columns, long width, float factor, const float *base, float *out) {
    for (long c = 0; c < width; c++) out[c] = base ? factor * base[c] : 0;
    for (long p = 0; p < count; p++)
        for (long c = 0; c < width; c++) out[c] += values[p] * rows[indices[p] * columns + c];
}

QK_CLONES void qk_gather_sum(
    const long *offsets, const int32_t *indices, const float *values, struct qk_block block, const float *rows, long columns,
    struct qk_base base, float *out) {
    for (long first = block.first_column; first < block.end_column; first += slab) {
        long width = block.end_column - first < slab ? block.end_column - first : slab;
        for (long t = block.first_row; t < block.end_row; t++) {
            long p = offsets[t], n = offsets[t + 1] - p;
            float *target = out + t * columns + first, factor = base.factors ? base.factors[t] : 1;
            const float *start = base.rows ? base.rows + t * base.stride + first : 0;
            if (width == slab) gather_slab(indices + p, values + p, n, rows + first, columns, factor, start, target);
            else gather_rest(indices + p, values + p, n, rows + first, columns, width, factor, start, target);
        }
    }
}

QK_CLONES void qk_gather_sum_transposed(
    const long *offsets, const int32_t *indices, const float *values, struct qk_block block, const float *rows, long columns,
    long count, struct qk_base base, float *out) {
    float sum[tile][slab];
    for (long first = block.first_column; first < block.end_column; first += slab) {
        long width = block.end_column - first < slab ? block.end_column - first : slab;
        for (long top = block.first_row; top < block.end_row; top += tile) {
            long height = block.end_row - top < tile ? block.end_row - top : tile;
            for (long r = 0; r < height; r++) {
                long p = offsets[top + r], n = offsets[top + r + 1] - p;
                float factor = base.factors ? base.factors[top + r] : 1;
                const float *start = base.rows ? base.rows + (top + r) * base.stride + first : 0;
                if (width == slab) gather_slab(indices + p, values + p, n, rows + first, columns, factor, start, sum[r]);
                else gather_rest(indices + p, values + p, n, rows + first, columns, width, factor, start, sum[r]);
            }
            if (height == tile)
                for (long c = 0; c < width; c++)
                    for (long r = 0; r < tile; r++) out[(first + c) * count + top + r] = sum[r][c];
            else
                for (long c = 0; c < width; c++)
                    for (long r = 0; r < height; r++) out[(first + c) * count + top + r] = sum[r][c];
        }
    }
}

QK_CLONES void qk_gather_dot(const long *offsets, const int32_t *indices, long first, long end, const float *left, const float *rows, long columns, float *out) {
#pragma clang fp reassociate(on)
    for (long t = first; t < end; t++) {
        const float *x = left + t * columns;
        for (long p = offsets[t]; p < offsets[t + 1]; p++) {
            const float *y = rows + indices[p] * columns;
            float sum = 0;
            for (long c = 0; c < columns; c++) sum += x[c] * y[c];
            out[p] = sum;
        }
    }
}
