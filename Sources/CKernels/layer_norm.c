#include "layer_norm.h"
#include "vector_exp.h"
#include <math.h>

QK_CLONES float qk_normalise(const float *row, float *out, long d, float epsilon) {
#pragma clang fp reassociate(on)
    float sum = 0;
    for (long i = 0; i < d; i++) sum += row[i];
    float mean = sum / (float)d, squares = 0;
    for (long i = 0; i < d; i++) {
        float c = row[i] - mean;
        squares += c * c;
    }
    float sigma = sqrtf(squares / (float)d + epsilon), inverse = 1.0f / sigma;
    for (long i = 0; i < d; i++) out[i] = (row[i] - mean) * inverse;
    return sigma;
}

QK_CLONES void qk_scale_shift(float *out, const float *gain, const float *bias, long d) {
    for (long i = 0; i < d; i++) out[i] = out[i] * gain[i] + bias[i];
}
