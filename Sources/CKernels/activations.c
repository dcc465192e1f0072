#include "activations.h"
#include "vector_exp.h"

enum { block = 32 };

QK_CLONES long qk_compact_above(const float *row, const float *bias, const float *cut, long n, int32_t *indices, float *values) {
    long found = 0, i = 0;
    for (; i + block <= n; i += block) {
        int any = 0;
        if (cut) for (long j = i; j < i + block; j++) any |= row[j] + bias[j] > cut[j];
        else for (long j = i; j < i + block; j++) any |= row[j] + bias[j] > 0;
        if (!any) continue;
        for (long j = i; j < i + block; j++) {
            float v = row[j] + bias[j];
            indices[found] = (int32_t)j;
            values[found] = v;
            found += v > (cut ? cut[j] : 0);
        }
    }
    for (; i < n; i++) {
        float v = row[i] + bias[i];
        if (v > (cut ? cut[i] : 0)) {
            indices[found] = (int32_t)i;
            values[found++] = v;
        }
    }
    return found;
}

QK_CLONES long qk_compact_between(const float *row, const float *bias, const float *centre, float radius, long n, int32_t *indices) {
    long found = 0;
    for (long i = 0; i < n; i += block) {
        long end = i + block < n ? i + block : n;
        int any = 0;
        for (long j = i; j < end; j++) any |= __builtin_fabsf(row[j] + bias[j] - centre[j]) < radius;
        if (!any) continue;
        for (long j = i; j < end; j++)
            if (__builtin_fabsf(row[j] + bias[j] - centre[j]) < radius) indices[found++] = (int32_t)j;
    }
    return found;
}

// Positive floats are ordered as their bit patterns are, so the k-th largest is found by bisecting the patterns: at most 31 counts.
QK_CLONES float qk_kth_largest(const float *row, const float *bias, long n, long k) {
    uint32_t low = 0, high = 0x7F800000u;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        float cut;
        memcpy(&cut, &middle, sizeof cut);
        int32_t above = 0;
        if (bias) for (long i = 0; i < n; i++) above += row[i] + bias[i] >= cut;
        else for (long i = 0; i < n; i++) above += row[i] >= cut;
        if (above == k) return cut;
        if (above > k) low = middle;
        else high = middle;
    }
    float cut;
    memcpy(&cut, &low, sizeof cut);
    return cut;
}

QK_CLONES long qk_compact_largest(const float *row, const float *bias, long n, long k, int32_t *indices, float *values) {
    float cut = qk_kth_largest(row, bias, n, k);
    int32_t above = 0;
    for (long i = 0; i < n; i++) above += row[i] + bias[i] > cut;
    long found = 0, equals = k - above;
    for (long i = 0; i < n; i += block) {
        long end = i + block < n ? i + block : n;
        int any = 0;
        for (long j = i; j < end; j++) any |= row[j] + bias[j] >= cut;
        if (!any) continue;
        for (long j = i; j < end; j++) {
            float v = row[j] + bias[j];
            if (v > 0 && (v > cut || (v == cut && equals-- > 0))) {
                indices[found] = (int32_t)j;
                values[found++] = v;
            }
        }
    }
    return found;
}

QK_CLONES long qk_rectify(float *row, const float *bias, const float *cut, long n) {
    int32_t active = 0;
    if (cut)
        for (long i = 0; i < n; i++) {
            float v = row[i] + bias[i];
            row[i] = v > cut[i] ? v : 0;
            active += v > cut[i];
        }
    else
        for (long i = 0; i < n; i++) {
            float v = row[i] + bias[i];
            row[i] = v > 0 ? v : 0;
            active += v > 0;
        }
    return active;
}

QK_CLONES double qk_root_penalty(
    const float *f, const float *norms, float *df, float *norm_gradient, long rows, long columns, long stride, float epsilon, float lambda) {
#pragma clang fp reassociate(on)
    float half = 0.5f * lambda;
    double total = 0;
    for (long r = 0; r < rows; r++) {
        const float *x = f + r * stride;
        float *dx = df + r * stride, sum = 0;
        for (long i = 0; i < columns; i++) {
            float root = __builtin_sqrtf(norms[i] * x[i] + epsilon), slope = half / root;
            sum += root;
            dx[i] = x[i] > 0 ? dx[i] + slope * norms[i] : 0;
            norm_gradient[i] += slope * x[i];
        }
        total += sum;
    }
    return total;
}

QK_CLONES double qk_linear_penalty(
    const float *f, const float *norms, float *df, float *norm_gradient, long rows, long columns, long stride, float lambda) {
#pragma clang fp reassociate(on)
    double total = 0;
    for (long r = 0; r < rows; r++) {
        const float *x = f + r * stride;
        float *dx = df + r * stride, sum = 0;
        for (long i = 0; i < columns; i++) {
            sum += norms[i] * x[i];
            dx[i] = x[i] > 0 ? dx[i] + lambda * norms[i] : 0;
            norm_gradient[i] += lambda * x[i];
        }
        total += sum;
    }
    return total;
}
