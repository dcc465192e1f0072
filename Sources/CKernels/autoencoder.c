#include "autoencoder.h"
#include "vector_exp.h"
#include <math.h>

#define QK_INLINE static inline __attribute__((always_inline))

QK_INLINE float dot(const float *x, const float *y, long n) {
#pragma clang fp reassociate(on)
    float sum = 0;
    for (long i = 0; i < n; i++) sum += x[i] * y[i];
    return sum;
}

QK_INLINE void axpy(float a, const float *restrict x, float *restrict y, long n) {
    for (long i = 0; i < n; i++) y[i] += a * x[i];
}

QK_CLONES void qk_subtract_row(const float *rows, const float *row, long count, long D, float *out) {
    for (long r = 0; r < count; r++)
        for (long c = 0; c < D; c++) out[r * D + c] = rows[r * D + c] - row[c];
}

QK_CLONES void qk_reconstruction_error(
    const long *offsets, const int32_t *indices, const float *values, long first, long end, const float *W_dec, const float *b_dec,
    const float *truth, long D, float factor, float *gradient, float *squares) {
    for (long t = first; t < end; t++) {
        float *row = gradient + t * D;
        const float *z = truth + t * D;
        for (long c = 0; c < D; c++) row[c] = b_dec[c] - z[c];
        for (long p = offsets[t]; p < offsets[t + 1]; p++) axpy(values[p], W_dec + indices[p] * D, row, D);
        squares[t] = dot(row, row, D);
        for (long c = 0; c < D; c++) row[c] *= factor;
    }
}

QK_INLINE void decay(float *v, long n, int32_t steps, float beta2) {
    for (int32_t s = 0; s < steps; s++)
        for (long i = 0; i < n; i++) v[i] *= beta2;
}

QK_INLINE void adam(float *restrict w, float *restrict v, const float *restrict g, long n, struct qk_second_moment s) {
    for (long i = 0; i < n; i++) {
        float second = s.beta2 * v[i] + (1.0f - s.beta2) * g[i] * g[i];
        v[i] = second;
        w[i] -= s.learning_rate * g[i] / (__builtin_sqrtf(second) * s.root_scale + s.epsilon);
    }
}

// One feature's rows from their gradients: what is parallel to the decoder's row, which has unit norm, is taken out of its gradient,
// and the norm is restored after the step.
QK_INLINE void step_row(
    long a, long D, float *restrict g_enc, float g_b, float *restrict g_dec, struct qk_features weights, struct qk_features moments,
    int32_t *idle, struct qk_second_moment s, float *restrict db_dec) {
    float *w_enc = weights.W_enc + a * D, *w_dec = weights.W_dec + a * D, *v_enc = moments.W_enc + a * D, *v_dec = moments.W_dec + a * D;
    decay(v_enc, D, idle[a], s.beta2);
    decay(v_dec, D, idle[a], s.beta2);
    decay(moments.b_enc + a, 1, idle[a], s.beta2);
    idle[a] = 0;
    axpy(-g_b, w_enc, db_dec, D);
    adam(w_enc, v_enc, g_enc, D, s);
    adam(weights.b_enc + a, moments.b_enc + a, &g_b, 1, s);
    axpy(-dot(g_dec, w_dec, D), w_dec, g_dec, D);
    adam(w_dec, v_dec, g_dec, D, s);
    float norm = __builtin_sqrtf(dot(w_dec, w_dec, D));
    if (norm > 0)
        for (long i = 0; i < D; i++) w_dec[i] /= norm;
}

QK_CLONES void qk_step_features(
    const struct qk_entries *lists, long list_count, const float *x, long first, long end, long D, struct qk_features weights,
    struct qk_features moments, int32_t *idle, struct qk_second_moment s, float *db_dec, float *scratch) {
    float *g_enc = scratch, *g_dec = scratch + D;
    for (long a = first; a < end; a++) {
        const float *w_dec = weights.W_dec + a * D;
        long count = 0;
        for (long l = 0; l < list_count; l++) count += lists[l].offsets[a + 1] - lists[l].offsets[a];
        if (count == 0) {
            idle[a]++;
            continue;
        }
        float g_b = 0;
        for (long i = 0; i < 2 * D; i++) scratch[i] = 0;
        for (long l = 0; l < list_count; l++)
            for (long p = lists[l].offsets[a]; p < lists[l].offsets[a + 1]; p++) {
                const float *gradient = lists[l].gradient + lists[l].tokens[p] * D;
                float slope = dot(gradient, w_dec, D) + lists[l].penalty;
                g_b += slope;
                axpy(lists[l].values[p], gradient, g_dec, D);
                axpy(slope, x + lists[l].tokens[p] * D, g_enc, D);
            }
        step_row(a, D, g_enc, g_b, g_dec, weights, moments, idle, s, db_dec);
    }
}

QK_CLONES void qk_step_features_with(
    struct qk_features gradient, const float *active, long first, long end, long D, struct qk_features weights,
    struct qk_features moments, int32_t *idle, struct qk_second_moment s, float *db_dec) {
    for (long a = first; a < end; a++) {
        if (active[a] == 0) idle[a]++;
        else step_row(a, D, gradient.W_enc + a * D, gradient.b_enc[a], gradient.W_dec + a * D, weights, moments, idle, s, db_dec);
    }
}
