#ifndef QK_ADAM_H
#define QK_ADAM_H

// One Adam step over n parameters, streamed once. step_size = lr / (1 - beta1^t), root_scale = 1 / sqrt(1 - beta2^t):
// m <- b1 m + (1-b1) g;  v <- b2 v + (1-b2) g^2;  w <- w - step_size m / (sqrt(v) root_scale + epsilon)
void qk_adam(float *w, const float *g, float *m, float *v, long n, float beta1, float beta2, float step_size, float root_scale, float epsilon);

#endif
