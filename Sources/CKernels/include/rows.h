#ifndef QK_ROWS_H
#define QK_ROWS_H

// Sum of x[i] * y[i].
float qk_dot(const float *x, const float *y, long n);
// y <- y + a x
void qk_axpy(float a, const float *x, float *y, long n);

#endif
