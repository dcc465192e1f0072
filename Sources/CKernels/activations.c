#include "activations.h"
#include "vector_exp.h"

enum { block = 32 };

QK_CLONES long qk_compact_positive(const float *row, const float *bias, long n, int32_t *indices, float *values) {
    long found = 0, i = 0;
    for (; i + block <= n; i += block) {
        int any = 0;
        for (long j = i; j < i + block; j++) any |= row[j] + bias[j] > 0;
        if (!any) continue;
        for (long j = i; j < i + block; j++) {
            float v = row[j] + bias[j];
            indices[found] = (int32_t)j;
            values[found] = v;
            found += v > 0;
        }
    }
    for (; i < n; i++) {
        float v = row[i] + bias[i];
        if (v > 0) {
            indices[found] = (int32_t)i;
            values[found++] = v;
        }
    }
    return found;
}

QK_CLONES long qk_rectify(float *row, const float *bias, long n) {
    int32_t positive = 0;
    for (long i = 0; i < n; i++) {
        float v = row[i] + bias[i];
        row[i] = v > 0 ? v : 0;
        positive += v > 0;
    }
    return positive;
}

QK_CLONES double qk_root_penalty(const float *f, const float *norms, float *df, float *norm_gradient, long n, float epsilon, float lambda) {
#pragma clang fp reassociate(on)
    float half = 0.5f * lambda, sum = 0;
    for (long i = 0; i < n; i++) {
        float root = __builtin_sqrtf(norms[i] * f[i] + epsilon), slope = half / root;
        sum += root;
        df[i] = f[i] > 0 ? df[i] + slope * norms[i] : 0;
        norm_gradient[i] += slope * f[i];
    }
    return sum;
}
