#include "matrix_sums.h"
#include "vector_exp.h"

QK_CLONES void qk_column_sums(const float *matrix, long count, long columns, long stride, float *out) {
    for (long c = 0; c < columns; c++) out[c] = 0;
    for (long r = 0; r < count; r++)
        for (long c = 0; c < columns; c++) out[c] += matrix[r * stride + c];
}

QK_CLONES void qk_column_moments(const float *matrix, long count, long columns, long stride, float *sums, float *squares) {
    for (long c = 0; c < columns; c++) sums[c] = squares[c] = 0;
    for (long r = 0; r < count; r++)
        for (long c = 0; c < columns; c++) {
            float v = matrix[r * stride + c];
            sums[c] += v;
            squares[c] += v * v;
        }
}

QK_CLONES void qk_row_norms(const float *matrix, long count, long columns, float *out) {
#pragma clang fp reassociate(on)
    for (long r = 0; r < count; r++) {
        float squares = 0;
        for (long c = 0; c < columns; c++) squares += matrix[r * columns + c] * matrix[r * columns + c];
        out[r] = __builtin_sqrtf(squares);
    }
}

QK_CLONES double qk_squared_error(
    const float *left, const float *right, long count, long columns, long stride, float factor, float *gradient) {
#pragma clang fp reassociate(on)
    double total = 0;
    for (long r = 0; r < count; r++) {
        const float *x = left + r * stride, *y = right + r * stride;
        float sum = 0;
        for (long c = 0; c < columns; c++) sum += (x[c] - y[c]) * (x[c] - y[c]);
        total += sum;
        if (factor != 0)
            for (long c = 0; c < columns; c++) gradient[r * stride + c] += factor * (x[c] - y[c]);
    }
    return total;
}

QK_CLONES void qk_repeat_row(const float *row, long count, long columns, float *out) {
    for (long r = 0; r < count; r++)
        for (long c = 0; c < columns; c++) out[r * columns + c] = row[c];
}
