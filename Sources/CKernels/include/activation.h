#ifndef QK_ACTIVATION_H
#define QK_ACTIVATION_H

// x[0..<n] <- 0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3)))
void qk_gelu_new(float *x, long n);
// x[0..<n] <- 0.5 x (1 + erf(x / sqrt(2)))
void qk_gelu(float *x, long n);
// x[0..<n] <- max(x, 0)
void qk_relu(float *x, long n);

#endif
