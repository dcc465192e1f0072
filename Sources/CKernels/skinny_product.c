#include "skinny_product.h"
#include "vector_exp.h"

// A general product copies w into tiles first, which for a few rows costs more than the arithmetic. Here w is read where it lies:
//
// 1. w is cut into blocks of `depth` rows, and these into tiles of a few vectors' width.
// 2. Each tile meets all rows of x in groups, whose sums stay in registers; the first group brings the tile from memory, the others
//    find it in the cache.
// 3. While a tile is multiplied, the next one is fetched: tiles lie across w's rows, which no hardware foresees.

enum { lanes = 16, most_rows = 8, most_width = 3, depth = 128 };
typedef float vector __attribute__((vector_size(4 * lanes), aligned(4)));
typedef float sums __attribute__((vector_size(4 * lanes)));

#define INLINE static inline __attribute__((always_inline))

// `rows` and `width` are constants wherever this is inlined, so that `sum` is registers.
INLINE void tile(
    const int rows, const int width, long k, const float *x, long ldx, const float *w, long ldw, const float *next, float *c, long ldc) {
    sums sum[most_rows][most_width];
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < width; v++) sum[r][v] = ((const vector *)(c + r * ldc))[v];
    for (long i = 0; i < k; i++, w += ldw) {
        if (next) {
            for (int v = 0; v < width; v++) __builtin_prefetch(next + v * lanes, 0, 2);
            next += ldw;
        }
        sums weights[most_width];
        for (int v = 0; v < width; v++) weights[v] = ((const vector *)w)[v];
        for (int r = 0; r < rows; r++) {
            float factor = x[r * ldx + i];
            for (int v = 0; v < width; v++) sum[r][v] += factor * weights[v];
        }
    }
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < width; v++) ((vector *)(c + r * ldc))[v] = sum[r][v];
}

INLINE void rest(long m, long width, long k, const float *x, long ldx, const float *w, long ldw, float *c, long ldc) {
    for (long r = 0; r < m; r++)
        for (long i = 0; i < k; i++)
            for (long j = 0; j < width; j++) c[r * ldc + j] += x[r * ldx + i] * w[i * ldw + j];
}

// All rows of x against one tile, in groups of nearly equal size, at most `group` rows each.
INLINE void tile_column(
    const int group, const int width, long m, long k, const float *x, long ldx, const float *w, long ldw, const float *next, float *c, long ldc) {
    long groups = (m + group - 1) / group;
    for (long g = 0; g < groups; g++, next = 0) {
        long first = m * g / groups, rows = m * (g + 1) / groups - first;
        const float *xs = x + first * ldx;
        float *cs = c + first * ldc;
        switch (rows) {
#define CASE(R) case R: if (R <= group) tile(R, width, k, xs, ldx, w, ldw, next, cs, ldc); break;
            CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6) CASE(7) CASE(8)
        }
    }
}

INLINE void product(
    const int group, const int width, long m, long n, long k, const float *x, long ldx, const float *w, long ldw, float *c, long ldc) {
    for (long top = 0; top < k; top += depth) {
        long height = k - top < depth ? k - top : depth, j = 0;
        const float *block = w + top * ldw;
        for (; j + width * lanes <= n; j += width * lanes) {
            const float *next = j + 2 * width * lanes <= n ? block + j + width * lanes : top + 2 * depth <= k ? block + depth * ldw : 0;
            tile_column(group, width, m, height, x + top, ldx, block + j, ldw, next, c + j, ldc);
        }
        for (; width > 1 && j + lanes <= n; j += lanes) tile_column(group, 1, m, height, x + top, ldx, block + j, ldw, 0, c + j, ldc);
        if (j < n) rest(m, n - j, height, x + top, ldx, block + j, ldw, c + j, ldc);
    }
}

// How many rows and vectors fill the registers, machine by machine. A vector is one register of AVX-512, two of AVX2, four of NEON.
// (Without the minimum, clang halves the vectors of x86-64-v4, and the sums no longer fit.)
#if defined(__x86_64__)
__attribute__((target("arch=x86-64-v4"), min_vector_width(512))) static void product_v4(long m, long n, long k, const float *x, long ldx, const float *w, long ldw, float *c, long ldc) {
    product(8, 3, m, n, k, x, ldx, w, ldw, c, ldc);
}
__attribute__((target("arch=x86-64-v3"))) static void product_v3(long m, long n, long k, const float *x, long ldx, const float *w, long ldw, float *c, long ldc) {
    product(6, 1, m, n, k, x, ldx, w, ldw, c, ldc);
}
#endif

void qk_skinny_product(long m, long n, long k, const float *x, long ldx, const float *w, long ldw, float *c, long ldc) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("x86-64-v4")) return product_v4(m, n, k, x, ldx, w, ldw, c, ldc);
    if (__builtin_cpu_supports("x86-64-v3")) return product_v3(m, n, k, x, ldx, w, ldw, c, ldc);
#endif
    product(6, 1, m, n, k, x, ldx, w, ldw, c, ldc);
}

// Measured with weights that come from memory, at GPT-2 small's shapes: with AVX-512 OpenBLAS catches up beyond 64 rows, with AVX2 it
// is as fast from two rows on.
long qk_skinny_rows(void) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("x86-64-v4")) return 64;
#endif
    return 1;
}

long qk_skinny_columns(void) { return most_width * lanes; }
