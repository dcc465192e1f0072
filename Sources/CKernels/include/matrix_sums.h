#ifndef QK_MATRIX_SUMS_H
#define QK_MATRIX_SUMS_H

// out [columns] <- sum of the rows of matrix [count, columns], columns from ..< to only
void qk_column_sums(const float *matrix, long count, long columns, long from, long to, float *out);

// sums [columns], squares [columns] <- sums of the elements and of their squares, column by column, columns from ..< to
// only
void qk_column_moments(const float *matrix, long count, long columns, long from, long to, float *sums, float *squares);

// out [count] <- Euclidean norm of each row of matrix [count, columns]
void qk_row_norms(const float *matrix, long count, long columns, float *out);

// out [count, columns] <- matrix - row, on every row
void qk_subtract_row(const float *matrix, const float *row, long count, long columns, float *out);

// gradient += factor (left - right), untouched where factor is 0; returns the sum of (left - right)^2
double qk_squared_error(const float *left, const float *right, long n, float factor, float *gradient);

// out [count] <- alpha matrix [count, columns] vector [columns]
void qk_matrix_vector(const float *matrix, const float *vector, long count, long columns, float alpha, float *out);

#endif
