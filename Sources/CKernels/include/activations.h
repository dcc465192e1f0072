#ifndef QK_ACTIVATIONS_H
#define QK_ACTIVATIONS_H

#include <stdint.h>

// The elements of v = row + bias above their cut (0 where cut is NULL), positions ascending: indices and values have room for n;
// returns how many there are.
long qk_compact_above(const float *row, const float *bias, const float *cut, long n, int32_t *indices, float *values);

// The positions where |row + bias - centre| < radius, ascending; indices has room for n; returns how many there are.
long qk_compact_between(const float *row, const float *bias, const float *centre, float radius, long n, int32_t *indices);

// A value c > 0 with at least k elements of row (+ bias, if not NULL) >= c, and fewer than k above it, or exactly k at or above it;
// 0 if fewer than k are positive. 1 <= k.
float qk_kth_largest(const float *row, const float *bias, long n, long k);

// The k largest positive elements of row + bias (the first ones among equals), or all positive ones if they are fewer, positions
// ascending; indices and values have room for k; returns how many there are.
long qk_compact_largest(const float *row, const float *bias, long n, long k, int32_t *indices, float *values);

// row <- row + bias where that is above its cut (0 where cut is NULL), else 0; returns how many are.
long qk_rectify(float *row, const float *bias, const float *cut, long n);

// [rows, columns] of the penalty sum of sqrt(norms f + epsilon) and of the way back through it and through the gate:
// df <- f > 0 ? df + lambda norms / (2 sqrt(norms f + epsilon)) : 0;  norm_gradient += lambda f / (2 sqrt(norms f + epsilon)).
// Rows are stride apart. Returns the penalty, without lambda.
double qk_root_penalty(
    const float *f, const float *norms, float *df, float *norm_gradient, long rows, long columns, long stride, float epsilon, float lambda);

// The same of the penalty sum of norms f.
double qk_linear_penalty(
    const float *f, const float *norms, float *df, float *norm_gradient, long rows, long columns, long stride, float lambda);

#endif
