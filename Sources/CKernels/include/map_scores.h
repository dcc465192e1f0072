#ifndef QK_MAP_SCORES_H
#define QK_MAP_SCORES_H

#include <stdint.h>

// scores[j*H + h] <- sum over the active keys e of token j of values[e] * w[slots[e]*H + h], for j < tokens.
// offsets[j]..<offsets[j+1] are token j's entries.
void qk_map_scores(const long *offsets, const int32_t *slots, const float *values, const float *w, float *scores, long tokens, long H);

// w[slots[e]*H + h] += values[e] * g[j*H + h], over the same entries: the transpose of the above.
void qk_map_scores_transposed(const long *offsets, const int32_t *slots, const float *values, float *w, const float *g, long tokens, long H);

#endif
