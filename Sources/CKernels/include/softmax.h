#ifndef QK_SOFTMAX_H
#define QK_SOFTMAX_H

// row[0..<n] <- softmax(row); returns log(sum(exp(row))). n >= 1.
float qk_softmax(float *row, long n);

// row[0..<n] <- row - log(sum(exp(row))). n >= 1.
void qk_log_softmax(float *row, long n);

#endif
