#ifndef QK_PATTERN_DIVERGENCE_H
#define QK_PATTERN_DIVERGENCE_H

// Query rows first..<first+rows of one head. Each of the four matrices is [rows, stride] of scores; row r has first+r+1 keys.
// For each reconstruction s (three of them): sums[s] += KL(P || P^s) of every row, and its scores are replaced by
// weights[s] (P^s - P) on the row's keys and by 0 from there to first+rows. The true scores are used up.
void qk_pattern_divergence(float *truth, float *s0, float *s1, float *s2, long rows, long first, long stride, const float *weights, double *sums);

// The same for one reconstruction; returns the sum of the rows' KL.
double qk_pattern_divergence_one(float *truth, float *s, long rows, long first, long stride, float weight);

#endif
