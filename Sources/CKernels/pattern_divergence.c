#include "pattern_divergence.h"
#include "vector_exp.h"
#include <math.h>

static inline __attribute__((always_inline)) float greatest(const float *row, long n) {
    float lanes[16];
    long j = 0;
    for (int l = 0; l < 16; l++) lanes[l] = row[0];
    for (; j + 16 <= n; j += 16)
        for (int l = 0; l < 16; l++) lanes[l] = row[j + l] > lanes[l] ? row[j + l] : lanes[l];
    for (; j < n; j++) lanes[0] = row[j] > lanes[0] ? row[j] : lanes[0];
    float max = lanes[0];
    for (int l = 1; l < 16; l++) max = lanes[l] > max ? lanes[l] : max;
    return max;
}

// row <- exp(row - max); returns the sum of the row and leaves log-sum and max for the divergences.
struct normal { float max, inverse, log_sum; };

static inline __attribute__((always_inline)) struct normal exponentiate(float *row, float *shifted, long n) {
#pragma clang fp reassociate(on)
    float max = greatest(row, n), sum = 0;
    for (long j = 0; j < n; j++) {
        float s = row[j] - max, e = qk_expf(s);
        shifted[j] = s;
        row[j] = e;
        sum += e;
    }
    return (struct normal){max, 1.0f / sum, logf(sum)};
}

// The reconstruction's row becomes weight (P^ - P); returns sum of P (log P - log P^).
static inline __attribute__((always_inline)) float diverge(
    const float *p, const float *p_shifted, struct normal p_norm, float *row, long n, float weight) {
#pragma clang fp reassociate(on)
    float max = greatest(row, n), sum = 0, cross = 0;
    for (long j = 0; j < n; j++) {
        float s = row[j] - max, e = qk_expf(s);
        cross += p[j] * (p_shifted[j] - s);
        row[j] = e;
        sum += e;
    }
    float scale = weight / sum, p_scale = weight * p_norm.inverse;
    for (long j = 0; j < n; j++) row[j] = scale * row[j] - p_scale * p[j];
    return cross * p_norm.inverse + (logf(sum) - p_norm.log_sum);
}

enum { longest = 4096 };

QK_CLONES void qk_pattern_divergence(float *truth, float *s0, float *s1, float *s2, long rows, long first, long stride, const float *weights, double *sums) {
    float shifted[longest];
    for (long r = 0; r < rows; r++) {
        long n = first + r + 1;
        float *p = truth + r * stride, *row[3] = {s0 + r * stride, s1 + r * stride, s2 + r * stride};
        struct normal norm = exponentiate(p, shifted, n);
        for (int s = 0; s < 3; s++) {
            sums[s] += diverge(p, shifted, norm, row[s], n, weights[s]);
            for (long j = n; j < first + rows; j++) row[s][j] = 0;
        }
    }
}

QK_CLONES double qk_pattern_divergence_one(float *truth, float *s, long rows, long first, long stride, float weight) {
    float shifted[longest];
    double sum = 0;
    for (long r = 0; r < rows; r++) {
        long n = first + r + 1;
        struct normal norm = exponentiate(truth + r * stride, shifted, n);
        sum += diverge(truth + r * stride, shifted, norm, s + r * stride, n, weight);
        for (long j = n; j < first + rows; j++) s[r * stride + j] = 0;
    }
    return sum;
}
