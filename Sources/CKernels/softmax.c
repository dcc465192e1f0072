#include "softmax.h"
#include "vector_exp.h"
#include <math.h>

static inline __attribute__((always_inline)) float greatest(const float *row, long n) {
#pragma clang fp reassociate(on)
    float max = row[0];
    for (long j = 1; j < n; j++) max = row[j] > max ? row[j] : max;
    return max;
}

QK_CLONES float qk_softmax(float *row, long n) {
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

QK_CLONES void qk_log_softmax(float *row, long n) {
#pragma clang fp reassociate(on)
    float max = greatest(row, n), sum = 0;
    for (long j = 0; j < n; j++) sum += qk_expf(row[j] - max);
    float norm = max + logf(sum);
    for (long j = 0; j < n; j++) row[j] -= norm;
}
