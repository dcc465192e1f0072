#ifndef QK_ACTIVATIONS_H
#define QK_ACTIVATIONS_H

#include <stdint.h>

// The positive elements of row + bias, positions ascending: indices and values have room for n; returns how many there are.
long qk_compact_positive(const float *row, const float *bias, long n, int32_t *indices, float *values);

// row <- max(row + bias, 0); returns how many are positive.
long qk_rectify(float *row, const float *bias, long n);

// One row of the penalty sum of sqrt(norms f + epsilon) and of the way back through it and through the rectifier:
// df <- f > 0 ? df + lambda norms / (2 sqrt(norms f + epsilon)) : 0;  norm_gradient += lambda f / (2 sqrt(norms f + epsilon)).
// Returns the row's penalty, without lambda.
double qk_root_penalty(const float *f, const float *norms, float *df, float *norm_gradient, long n, float epsilon, float lambda);

#endif
