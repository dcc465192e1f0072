#include "rows.h"
#include "vector_exp.h"

QK_CLONES float qk_dot(const float *x, const float *y, long n) {
#pragma clang fp reassociate(on)
    float sum = 0;
    for (long i = 0; i < n; i++) sum += x[i] * y[i];
    return sum;
}

QK_CLONES void qk_axpy(float a, const float *x, float *y, long n) {
    for (long i = 0; i < n; i++) y[i] += a * x[i];
}
