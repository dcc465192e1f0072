#include "gather.h"
#include "vector_exp.h"

// Slabs of 64 columns, outermost: one slab of the dense matrix (2400 rows: 600 kB) stays in the second-level cache while every
// sparse row gathers from it, and the sum stays in registers.
enum { lanes = 16, slab = 4 * lanes, tile = 16 };
typedef float vector __attribute__((vector_size(4 * lanes), aligned(4)));
typedef float sums __attribute__((vector_size(4 * lanes)));

static inline __attribute__((always_inline)) void gather_slab(
    const int32_t *indices, const float *values, long count, const float *rows, long columns, const float *initial, float *out) {
    sums a = {0}, b = {0}, c = {0}, d = {0};
    if (initial) {
        const vector *start = (const vector *)initial;
        a = start[0], b = start[1], c = start[2], d = start[3];
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
    const int32_t *indices, const float *values, long count, const float *rows, long columns, long width, const float *initial, float *out) {
    for (long c = 0; c < width; c++) out[c] = initial ? initial[c] : 0;
    for (long p = 0; p < count; p++)
        for (long c = 0; c < width; c++) out[c] += values[p] * rows[indices[p] * columns + c];
}

QK_CLONES void qk_gather_sum(const long *offsets, const int32_t *indices, const float *values, long count, const float *rows, long columns, long from, long to, const float *initial, float *out) {
    for (long first = from; first < to; first += slab) {
        long width = to - first < slab ? to - first : slab;
        const float *start = initial ? initial + first : 0;
        for (long t = 0; t < count; t++) {
            long p = offsets[t], n = offsets[t + 1] - p;
            float *target = out + t * columns + first;
            if (width == slab) gather_slab(indices + p, values + p, n, rows + first, columns, start, target);
            else gather_rest(indices + p, values + p, n, rows + first, columns, width, start, target);
        }
    }
}

QK_CLONES void qk_gather_sum_transposed(const long *offsets, const int32_t *indices, const float *values, long count, const float *rows, long columns, long from, long to, float *out) {
    float block[tile][slab];
    for (long first = from; first < to; first += slab) {
        long width = to - first < slab ? to - first : slab;
        for (long top = 0; top < count; top += tile) {
            long height = count - top < tile ? count - top : tile;
            for (long r = 0; r < height; r++) {
                long p = offsets[top + r], n = offsets[top + r + 1] - p;
                if (width == slab) gather_slab(indices + p, values + p, n, rows + first, columns, 0, block[r]);
                else gather_rest(indices + p, values + p, n, rows + first, columns, width, 0, block[r]);
            }
            for (long c = 0; c < width; c++)
                for (long r = 0; r < height; r++) out[(first + c) * count + top + r] = block[r][c];
        }
    }
}

QK_CLONES void qk_gather_dot(const long *offsets, const int32_t *indices, long count, const float *left, const float *rows, long columns, float *out) {
#pragma clang fp reassociate(on)
    for (long t = 0; t < count; t++) {
        const float *x = left + t * columns;
        for (long p = offsets[t]; p < offsets[t + 1]; p++) {
            const float *y = rows + indices[p] * columns;
            float sum = 0;
            for (long c = 0; c < columns; c++) sum += x[c] * y[c];
            out[p] = sum;
        }
    }
}
