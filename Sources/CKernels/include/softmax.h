#ifndef QK_SOFTMAX_H
#define QK_SOFTMAX_H

// row[0..<n] <- softmax(row); returns log(sum(exp(row))). n >= 1.
float qk_softmax(float *row, long n);

// row[0..<n] <- row - log(sum(exp(row))). n >= 1.
void qk_log_softmax(float *row, long n);

// log(sum(exp(row[0..<n]))). n >= 1.
float qk_log_sum_exp(const float *row, long n);

// Query rows first ..< first + rows of one head, rows stride apart: row r <- the softmax of its first + r + 1 scores, then 0 up to
// `keys`.
void qk_causal_softmax(float *scores, long rows, long first, long keys, long stride);

#endif
