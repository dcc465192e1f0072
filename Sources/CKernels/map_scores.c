#include "map_scores.h"
#include "vector_exp.h"

QK_CLONES void qk_map_scores(
    const long *offsets, const int32_t *slots, const float *values, const float *w, float *scores, long tokens, long H) {
    for (long j = 0; j < tokens; j++) {
        float *s = scores + j * H;
        for (long h = 0; h < H; h++) s[h] = 0;
        for (long e = offsets[j]; e < offsets[j + 1]; e++) {
            const float *row = w + (long)slots[e] * H;
            float f = values[e];
            for (long h = 0; h < H; h++) s[h] += f * row[h];
        }
    }
}

QK_CLONES void qk_map_scores_transposed(
    const long *offsets, const int32_t *slots, const float *values, float *w, const float *g, long tokens, long H) {
    for (long j = 0; j < tokens; j++) {
        const float *s = g + j * H;
        for (long e = offsets[j]; e < offsets[j + 1]; e++) {
            float *row = w + (long)slots[e] * H;
            float f = values[e];
            for (long h = 0; h < H; h++) row[h] += f * s[h];
        }
    }
}
