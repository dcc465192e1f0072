#ifndef QK_LAYER_NORM_H
#define QK_LAYER_NORM_H

// out[0..<d] <- (row - mean(row)) / sigma, sigma = sqrt(mean((row - mean)^2) + epsilon); returns sigma. out may be row.
float qk_normalise(const float *row, float *out, long d, float epsilon);
// out <- out * gain + bias
void qk_scale_shift(float *out, const float *gain, const float *bias, long d);

#endif
