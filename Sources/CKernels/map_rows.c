#include "map_rows.h"
#include "vector_exp.h"

// The heads of a pair, in registers: eight, four and single lanes, whose counts are constants wherever n_heads is one.
typedef float eight __attribute__((vector_size(32), aligned(4)));
typedef float four __attribute__((vector_size(16), aligned(4)));

// Where a number of heads is a constant up to 24 that fours divide, all heads of a token stay in registers.
enum { most = 24 };
#define QK_IN_REGISTERS(n_heads) (__builtin_constant_p(n_heads) && (n_heads) <= most && (n_heads) % 4 == 0)

static inline __attribute__((always_inline)) void zero(float *values, long n) {
    for (long i = 0; i < n; i++) values[i] = 0;
}

// out <- the sum of values[e] times row slots[features[e]], rows of n_heads numbers.
static inline __attribute__((always_inline)) void gather_heads(
    const float *rows, const int32_t *slots, const int32_t *features, const float *values, long count, float *out, const long n_heads) {
    if (QK_IN_REGISTERS(n_heads)) {
        eight e[most / 8] = {0};
        four rest = {0};
        for (long p = 0; p < count; p++) {
            const float *row = rows + slots[features[p]] * n_heads, v = values[p];
            for (long g = 0; g < n_heads / 8; g++) e[g] += v * *(const eight *)(row + 8 * g);
            if (n_heads % 8) rest += v * *(const four *)(row + n_heads / 8 * 8);
        }
        for (long g = 0; g < n_heads / 8; g++) *(eight *)(out + 8 * g) = e[g];
        if (n_heads % 8) *(four *)(out + n_heads / 8 * 8) = rest;
    } else {
        zero(out, n_heads);
        for (long p = 0; p < count; p++)
            for (long h = 0; h < n_heads; h++) out[h] += values[p] * rows[slots[features[p]] * n_heads + h];
    }
}

// Row slots[features[e]] += values[e] in, rows of n_heads numbers.
static inline __attribute__((always_inline)) void scatter_heads(
    float *rows, const int32_t *slots, const int32_t *features, const float *values, long count, const float *in, const long n_heads) {
    if (QK_IN_REGISTERS(n_heads)) {
        eight e[most / 8];
        four rest = {0};
        for (long g = 0; g < n_heads / 8; g++) e[g] = *(const eight *)(in + 8 * g);
        if (n_heads % 8) rest = *(const four *)(in + n_heads / 8 * 8);
        for (long p = 0; p < count; p++) {
            float *row = rows + slots[features[p]] * n_heads, v = values[p];
            for (long g = 0; g < n_heads / 8; g++) *(eight *)(row + 8 * g) += v * e[g];
            if (n_heads % 8) *(four *)(row + n_heads / 8 * 8) += v * rest;
        }
    } else {
        for (long p = 0; p < count; p++)
            for (long h = 0; h < n_heads; h++) rows[slots[features[p]] * n_heads + h] += values[p] * in[h];
    }
}

// The number of key tokens that a feature's last query sees.
static inline __attribute__((always_inline)) long keys_seen(struct qk_columns queries, long first, long end) {
    return first < end ? queries.tokens[end - 1] + 1 : 0;
}

// Row 1 + p belongs to the row's pair p, and row 0 to every key feature that has no pair.
static inline __attribute__((always_inline)) void open_row(struct qk_map map, long a, int32_t *slots) {
    for (long p = map.offsets[a]; p < map.offsets[a + 1]; p++) slots[map.keys[p]] = (int32_t)(1 + p - map.offsets[a]);
}

static inline __attribute__((always_inline)) void close_row(struct qk_map map, long a, int32_t *slots) {
    for (long p = map.offsets[a]; p < map.offsets[a + 1]; p++) slots[map.keys[p]] = 0;
}

static inline __attribute__((always_inline)) void map_scores(
    struct qk_map map, const float *values, const float *mask, struct qk_columns queries, struct qk_tokens keys, struct qk_extent extent,
    struct qk_map_scratch scratch, float *scores, const long n_heads) {
    const long T = extent.length;
    zero(scratch.row, n_heads);
    for (long a = extent.first_feature; a < extent.end_feature; a++) {
        const long start = map.offsets[a] * n_heads, end = map.offsets[a + 1] * n_heads;
        int is_open = 0;
        for (long s = extent.first_sequence; start < end && s < extent.end_sequence; s++) {
            const int32_t *places = queries.offsets + s * (queries.features + 1) + a;
            const long seen = keys_seen(queries, places[0], places[1]), *tokens = keys.offsets + s * T;
            if (seen == 0) continue;
            if (!is_open) {
                for (long e = start; e < end; e++) scratch.row[n_heads + e - start] = values[e] * mask[e];
                open_row(map, a, scratch.slots);
                is_open = 1;
            }
            for (long j = 0; j < seen; j++)
                gather_heads(
                    scratch.row, scratch.slots, keys.features + tokens[j], keys.values + tokens[j], tokens[j + 1] - tokens[j],
                    scratch.per_key + j * n_heads, n_heads);
            for (long e = places[0]; e < places[1]; e++) {
                const long i = queries.tokens[e], n = (i + 1) * n_heads;
                const float f = queries.values[e];
                float *row = scores + ((s - extent.first_sequence) * T + i) * T * n_heads;
                for (long c = 0; c < n; c++) row[c] += f * scratch.per_key[c];
            }
        }
        if (is_open) close_row(map, a, scratch.slots);
    }
}

static inline __attribute__((always_inline)) void row_gradient(
    struct qk_map map, struct qk_columns queries, struct qk_tokens keys, struct qk_extent extent, const float *G,
    struct qk_map_scratch scratch, float *sums, const long n_heads) {
    const long T = extent.length, a = extent.first_feature;
    open_row(map, a, scratch.slots);
    for (long s = extent.first_sequence; s < extent.end_sequence; s++) {
        const int32_t *places = queries.offsets + s * (queries.features + 1) + a;
        const long seen = keys_seen(queries, places[0], places[1]), *tokens = keys.offsets + s * T;
        if (seen == 0) continue;
        zero(scratch.per_key, seen * n_heads);
        for (long e = places[0]; e < places[1]; e++) {
            const long i = queries.tokens[e], n = (i + 1) * n_heads;
            const float f = queries.values[e], *row = G + ((s - extent.first_sequence) * T + i) * T * n_heads;
            for (long c = 0; c < n; c++) scratch.per_key[c] += f * row[c];
        }
        for (long j = 0; j < seen; j++)
            scatter_heads(
                sums, scratch.slots, keys.features + tokens[j], keys.values + tokens[j], tokens[j + 1] - tokens[j],
                scratch.per_key + j * n_heads, n_heads);
    }
    close_row(map, a, scratch.slots);
}

// The models' own numbers of heads as constants: the embedded one's, and GPT-2 small's, medium's and large's.
#define QK_FOR_HEADS(call)          \
    switch (n_heads) {              \
    case 4: call(4); break;         \
    case 12: call(12); break;       \
    case 16: call(16); break;       \
    case 20: call(20); break;       \
    default: call(n_heads); break;  \
    }

QK_CLONES void qk_map_scores(
    struct qk_map map, const float *values, const float *mask, struct qk_columns queries, struct qk_tokens keys, struct qk_extent extent,
    struct qk_map_scratch scratch, float *scores) {
    const long n_heads = map.n_heads;
#define call(n) map_scores(map, values, mask, queries, keys, extent, scratch, scores, n)
    QK_FOR_HEADS(call)
#undef call
}

QK_CLONES void qk_map_row_gradient(
    struct qk_map map, struct qk_columns queries, struct qk_tokens keys, struct qk_extent extent, const float *G, struct qk_map_scratch scratch,
    float *sums) {
    const long n_heads = map.n_heads;
#define call(n) row_gradient(map, queries, keys, extent, G, scratch, sums, n)
    QK_FOR_HEADS(call)
#undef call
}

QK_CLONES void qk_map_bias(
    const float *beta, struct qk_tokens keys, long sequence, long length, long n_heads, struct qk_map_scratch scratch, float *scores) {
    const long *tokens = keys.offsets + sequence * length;
    zero(scratch.per_key, length * n_heads);
    for (long j = 0; j < length; j++)
        for (long e = tokens[j]; e < tokens[j + 1]; e++)
            for (long h = 0; h < n_heads; h++) scratch.per_key[j * n_heads + h] += keys.values[e] * beta[keys.features[e] * n_heads + h];
    for (long i = 0; i < length; i++)
        for (long c = 0; c < (i + 1) * n_heads; c++) scores[i * length * n_heads + c] = scratch.per_key[c];
}

// Squares of this many keys: a tile of 16 x H numbers is read and written while it lies in the first-level cache.
enum { tile = 16 };

QK_CLONES void qk_heads_outward(const float *scores, long rows, long first, long length, long n_heads, float scale, float *out) {
    for (long r = 0; r < rows; r++) {
        const float *row = scores + r * length * n_heads;
        const long n = first + r + 1;
        for (long j = 0; j < n; j += tile) {
            const long end = j + tile < n ? j + tile : n;
            for (long h = 0; h < n_heads; h++)
                for (long k = j; k < end; k++) out[(h * rows + r) * length + k] = scale * row[k * n_heads + h];
        }
    }
}

QK_CLONES void qk_heads_inward(const float *in, long rows, long first, long length, long n_heads, float *scores) {
    for (long r = 0; r < rows; r++) {
        float *row = scores + r * length * n_heads;
        const long n = first + r + 1;
        for (long j = 0; j < n; j += tile) {
            const long end = j + tile < n ? j + tile : n;
            for (long h = 0; h < n_heads; h++)
                for (long k = j; k < end; k++) row[k * n_heads + h] = in[(h * rows + r) * length + k];
        }
    }
}

// Roots are added up in single precision over runs of this length, then in double.
enum { run = 4096 };

QK_CLONES struct qk_mask_outcome qk_mask_adam(struct qk_mask_step step, const float *values, const float *sums, float *mask, float *first, float *second, long n) {
#pragma clang fp reassociate(on)
    const float keep1 = 1 - step.beta1, keep2 = 1 - step.beta2;
    struct qk_mask_outcome outcome = {0, 0};
    for (long start = 0; start < n; start += run) {
        const long end = start + run < n ? start + run : n;
        float roots = 0;
        int above = 0;
        for (long i = start; i < end; i++) {
            float root = __builtin_sqrtf(mask[i] + step.floor);
            float g = step.scale * values[i] * sums[i] + step.half_lambda / root;
            float m1 = step.beta1 * first[i] + keep1 * g;
            float v1 = step.beta2 * second[i] + keep2 * g * g;
            float moved = mask[i] - step.step_size * m1 / (__builtin_sqrtf(v1) * step.root_scale + step.epsilon);
            first[i] = m1;
            second[i] = v1;
            moved = moved < 0 ? 0 : moved;
            mask[i] = moved > 1 ? 1 : moved;
            roots += root;
            above += moved > 0;
        }
        outcome.roots += roots;
        outcome.above_zero += above;
    }
    return outcome;
}
