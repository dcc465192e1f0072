// Jansson's accessors are function-like macros, which Swift does not import: the few that JSON needs, as functions.
#include <jansson.h>

static inline json_type qk_json_type(const json_t *value) { return json_typeof(value); }
static inline void qk_json_release(json_t *value) { json_decref(value); }
static inline int qk_json_is_true(const json_t *value) { return json_is_true(value); }
