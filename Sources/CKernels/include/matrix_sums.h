#ifndef QK_MATRIX_SUMS_H
#define QK_MATRIX_SUMS_H

// Matrices are [count, columns] with rows `stride` apart, or `columns` where no stride is named.

// out [columns] <- sum of the rows
void qk_column_sums(const float *matrix, long count, long columns, long stride, float *out);

// sums [columns], squares [columns] <- sums of the elements and of their squares, column by column
void qk_column_moments(const float *matrix, long count, long columns, long stride, float *sums, float *squares);

// out [count] <- Euclidean norm of each row
void qk_row_norms(const float *matrix, long count, long columns, float *out);

// gradient += factor (left - right), untouched where factor is 0; returns the sum of (left - right)^2
double qk_squared_error(
    const float *left, const float *right, long count, long columns, long stride, float factor, float *gradient);

// out [count, columns] <- row, on every row
void qk_repeat_row(const float *row, long count, long columns, float *out);

#endif
