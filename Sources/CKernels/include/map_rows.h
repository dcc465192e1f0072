#ifndef QK_MAP_ROWS_H
#define QK_MAP_ROWS_H

#include <stdint.h>

// The rows of a map from query features to key features, n_heads numbers to a pair, against sequences of T tokens.
//
// A row of numbers per key token and head, [T, H], is called "per key" below; scores and their gradients G are [T, T, H] to a sequence,
// query by key by head, of which the keys up to the query mean something.

// Active features of sequences, by sequence and feature: those of feature a in sequence s are the entries
// offsets[s (features + 1) + a] ..< offsets[s (features + 1) + a + 1], their tokens ascending.
struct qk_columns { const int32_t *offsets, *tokens; const float *values; long features; };

// Active features of the same sequences by token: those of token t, counted through all sequences, are the entries
// offsets[t] ..< offsets[t + 1].
struct qk_tokens { const long *offsets; const int32_t *features; const float *values; };

// The pairs of query feature a are offsets[a] ..< offsets[a + 1], with key features keys[p].
struct qk_map { const long *offsets; const int32_t *keys; long n_heads; };

// Which rows and which sequences one call works on.
struct qk_extent { long first_feature, end_feature, first_sequence, end_sequence, length; };

// What a thread works in. slots: one for each key feature, zeros before and after; row: n_heads numbers more than the longest row has
// entries; per_key: length n_heads.
struct qk_map_scratch { int32_t *slots; float *row, *per_key; };

// scores of the extent's sequences (the first at `scores`) += the sum over its query features, and its pairs, of f f' values mask.
void qk_map_scores(
    struct qk_map map, const float *values, const float *mask, struct qk_columns queries, struct qk_tokens keys, struct qk_extent extent,
    struct qk_map_scratch scratch, float *scores);

// The scores of one sequence <- for every query the sum over its keys' features of f' beta[b].
void qk_map_bias(const float *beta, struct qk_tokens keys, long sequence, long length, long n_heads, struct qk_map_scratch scratch, float *scores);

// sums [1 + pairs, n_heads] of query feature extent.first_feature += the sum over the extent's sequences, queries and keys of f f' G; what
// belongs to no pair goes into the first row.
void qk_map_row_gradient(struct qk_map map, struct qk_columns queries, struct qk_tokens keys, struct qk_extent extent, const float *G, struct qk_map_scratch scratch, float *sums);

// scores [rows, T, H] of queries first ..< first + rows -> out [H, rows, T] times scale, keys up to the query.
void qk_heads_outward(const float *scores, long rows, long first, long length, long n_heads, float scale, float *out);
// The same backwards, without a scale.
void qk_heads_inward(const float *in, long rows, long first, long length, long n_heads, float *scores);

// A step of Adam on n entries of the mask, and its clamp to [0, 1]: the gradient is scale values[i] sums[i] + half_lambda / root, where
// root = sqrt(mask[i] + floor). Returns the sum of the roots before the step, and how many entries are above 0 after it.
struct qk_mask_step { float scale, half_lambda, floor, beta1, beta2, step_size, root_scale, epsilon; };
struct qk_mask_outcome { double roots; long above_zero; };
struct qk_mask_outcome qk_mask_adam(struct qk_mask_step step, const float *values, const float *sums, float *mask, float *first, float *second, long n);

#endif
