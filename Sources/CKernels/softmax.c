#include "softmax.h"
#include "vector_exp.h"
#include <math.h>

static inline __attribute__((always_inline)) float greatest(const float *row, long n) {
#pragma clang fp reassociate(on)
    float max = row[0];
    for (long j = 1; j < n; j++) max = row[j] > max ? row[j] : max;
    return max;
}

static inline __attribute__((always_inline)) float softmax(float *row, long n) {
#pragma clang fp reassociate(on)
    float max = greatest(row, n), sum = 0;
    for (long j = 0; j < n; j++) {
        float e = qk_expf(row[j] - max);
        row[j] = e;
        sum += e;
    }
    float inverse = 1.0f / sum;
    for (long j = 0; j < n; j++) row[j] *= inverse;
    return max + logf(sum);
}

static inline __attribute__((always_inline)) float log_sum_exp(const float *row, long n) {
#pragma clang fp reassociate(on)
    float max = greatest(row, n), sum = 0;
    for (long j = 0; j < n; j++) sum += qk_expf(row[j] - max);
    return max + logf(sum);
}

QK_CLONES float qk_softmax(float *row, long n) { return softmax(row, n); }

QK_CLONES float qk_log_sum_exp(const float *row, long n) { return log_sum_exp(row, n); }

QK_CLONES void qk_causal_softmax(float *scores, long rows, long first, long keys, long stride) {
    for (long r = 0; r < rows; r++) {
        float *row = scores + r * stride;
        softmax(row, first + r + 1);
        for (long j = first + r + 1; j < keys; j++) row[j] = 0;
    }
}

QK_CLONES void qk_log_softmax(float *row, long n) {
    float norm = log_sum_exp(row, n);
    for (long j = 0; j < n; j++) row[j] -= norm;
}
