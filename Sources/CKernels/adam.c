#include "adam.h"
#include "vector_exp.h"
#include <math.h>

QK_CLONES void qk_adam(float *w, const float *g, float *m, float *v, long n, float beta1, float beta2, float step_size, float root_scale, float epsilon) {
    for (long i = 0; i < n; i++) {
        float grad = g[i];
        float m1 = beta1 * m[i] + (1.0f - beta1) * grad;
        float v1 = beta2 * v[i] + (1.0f - beta2) * grad * grad;
        m[i] = m1;
        v[i] = v1;
        w[i] -= step_size * m1 / (__builtin_sqrtf(v1) * root_scale + epsilon);
    }
}
