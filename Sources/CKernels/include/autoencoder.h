#ifndef QK_AUTOENCODER_H
#define QK_AUTOENCODER_H

#include <stdint.h>

// A sparse autoencoder's step on the active features only; all matrices have rows of the input's width D.

// Weights, or what goes with each of them: W_enc and W_dec [F, D], b_enc [F].
struct qk_features { float *W_enc, *b_enc, *W_dec; };

// Active features by feature: entries offsets[a] ..< offsets[a + 1] are the tokens at which a is active and its activations there.
// gradient [N, D] is the loss's at the reconstruction; penalty is added to what it makes of each activation's.
struct qk_entries { const long *offsets; const int32_t *tokens; const float *values, *gradient; float penalty; };

// Adam without a first moment: root_scale = 1 / sqrt(1 - beta2^t).
struct qk_second_moment { float beta2, learning_rate, root_scale, epsilon; };

// out [count, D] <- rows - row
void qk_subtract_row(const float *rows, const float *row, long count, long D, float *out);

// For the tokens first ..< end: gradient[t] <- factor (sum of values times W_dec rows + b_dec - truth[t]), squares[t] <- the squared
// norm of the bracket.
void qk_reconstruction_error(
    const long *offsets, const int32_t *indices, const float *values, long first, long end, const float *W_dec, const float *b_dec,
    const float *truth, long D, float factor, float *gradient, float *squares);

// The step of the features first ..< end. Rows without an entry stay as they are and only count one more idle step; the decay that
// their second moments have missed is made up, one factor after the other, when they are active again.
// db_dec [D] is added to; scratch has room for 2 D.
void qk_step_features(
    const struct qk_entries *lists, long list_count, const float *x, long first, long end, long D, struct qk_features weights,
    struct qk_features moments, int32_t *idle, struct qk_second_moment adam, float *db_dec, float *scratch);

// The same with the gradients at hand, which are overwritten; active [F] tells rows with an entry from those without.
void qk_step_features_with(
    struct qk_features gradient, const float *active, long first, long end, long D, struct qk_features weights,
    struct qk_features moments, int32_t *idle, struct qk_second_moment adam, float *db_dec);

#endif
