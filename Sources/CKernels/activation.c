#include "activation.h"
#include "vector_exp.h"
#include <math.h>

QK_CLONES void qk_gelu_new(float *x, long n) {
    for (long i = 0; i < n; i++) {
        float v = x[i];
        // 0.5 (1 + tanh u) = 1 / (1 + exp(-2u)), with 2 sqrt(2/pi) = 1.5957691216
        float u = 1.5957691216057308f * (v + 0.044715f * v * v * v);
        x[i] = v / (1.0f + qk_expf(-u));
    }
}

void qk_gelu(float *x, long n) {
    for (long i = 0; i < n; i++) x[i] = 0.5f * x[i] * (1.0f + erff(x[i] * 0.70710678118654752f));
}

QK_CLONES void qk_relu(float *x, long n) {
    for (long i = 0; i < n; i++) x[i] = x[i] > 0 ? x[i] : 0;
}
