#include "matrix_sums.h"
#include "vector_exp.h"

QK_CLONES void qk_column_sums(const float *matrix, long count, long columns, long from, long to, float *out) {
    for (long c = from; c < to; c++) out[c] = 0;
    for (long r = 0; r < count; r++)
        for (long c = from; c < to; c++) out[c] += matrix[r * columns + c];
}

QK_CLONES void qk_column_moments(const float *matrix, long count, long columns, long from, long to, float *sums, float *squares) {
    for (long c = from; c < to; c++) sums[c] = squares[c] = 0;
    for (long r = 0; r < count; r++)
        for (long c = from; c < to; c++) {
            float v = matrix[r * columns + c];
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

QK_CLONES void qk_subtract_row(const float *matrix, const float *row, long count, long columns, float *out) {
    for (long r = 0; r < count; r++)
        for (long c = 0; c < columns; c++) out[r * columns + c] = matrix[r * columns + c] - row[c];
}

QK_CLONES double qk_squared_error(const float *left, const float *right, long n, float factor, float *gradient) {
#pragma clang fp reassociate(on)
    double sum = 0;
    for (long i = 0; i < n; i++) {
        float d = left[i] - right[i];
        sum += (double)d * d;
    }
    if (factor != 0)
        for (long i = 0; i < n; i++) gradient[i] += factor * (left[i] - right[i]);
    return sum;
}

QK_CLONES void qk_matrix_vector(const float *matrix, const float *vector, long count, long columns, float alpha, float *out) {
#pragma clang fp reassociate(on)
    for (long r = 0; r < count; r++) {
        float sum = 0;
        for (long c = 0; c < columns; c++) sum += matrix[r * columns + c] * vector[c];
        out[r] = alpha * sum;
    }
}
