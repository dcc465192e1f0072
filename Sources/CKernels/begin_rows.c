#include "begin_rows.h"
#include "vector_exp.h"
#include <string.h>

QK_CLONES void qk_begin_rows(float *c, long m, long n, long ldc, float beta, const float *bias) {
    for (long r = 0; r < m; r++, c += ldc) {
        if (beta == 0) {
            if (bias) memcpy(c, bias, (size_t)n * sizeof *c);
            else memset(c, 0, (size_t)n * sizeof *c);
        } else if (bias) {
            for (long j = 0; j < n; j++) c[j] = beta * c[j] + bias[j];
        } else if (beta != 1) {
            for (long j = 0; j < n; j++) c[j] *= beta;
        }
    }
}
