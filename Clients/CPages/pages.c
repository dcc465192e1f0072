#include "CPages.h"

// #embed is of C23, and an extension before it.
#pragma clang diagnostic ignored "-Wc23-extensions"

// Each file ends in a zero of ours, so that an empty one is an array too; it does not count.

static const unsigned char page_html[] = {
#embed "../Pages/page.html" suffix(, 0) if_empty(0)
};

static const unsigned char page_css[] = {
#embed "../Pages/page.css" suffix(, 0) if_empty(0)
};

static const unsigned char dom_js[] = {
#embed "../Pages/dom.js" suffix(, 0) if_empty(0)
};

static const unsigned char answers_js[] = {
#embed "../Pages/answers.js" suffix(, 0) if_empty(0)
};

static const unsigned char theme_js[] = {
#embed "../Pages/theme.js" suffix(, 0) if_empty(0)
};

static const unsigned char keys_js[] = {
#embed "../Pages/keys.js" suffix(, 0) if_empty(0)
};

static const unsigned char tokens_js[] = {
#embed "../Pages/tokens.js" suffix(, 0) if_empty(0)
};

static const unsigned char chart_js[] = {
#embed "../Pages/chart.js" suffix(, 0) if_empty(0)
};

static const unsigned char histogram_js[] = {
#embed "../Pages/histogram.js" suffix(, 0) if_empty(0)
};

static const unsigned char heatmap_js[] = {
#embed "../Pages/heatmap.js" suffix(, 0) if_empty(0)
};

static const unsigned char explanation_js[] = {
#embed "../Pages/explanation.js" suffix(, 0) if_empty(0)
};

static const unsigned char attention_js[] = {
#embed "../Pages/attention.js" suffix(, 0) if_empty(0)
};

static const unsigned char features_js[] = {
#embed "../Pages/features.js" suffix(, 0) if_empty(0)
};

static const unsigned char pairs_js[] = {
#embed "../Pages/pairs.js" suffix(, 0) if_empty(0)
};

static const unsigned char dashboard_js[] = {
#embed "../Pages/dashboard.js" suffix(, 0) if_empty(0)
};

static const unsigned char training_js[] = {
#embed "../Pages/training.js" suffix(, 0) if_empty(0)
};

static const unsigned char graph_js[] = {
#embed "../Pages/graph.js" suffix(, 0) if_empty(0)
};

static const unsigned char circuit_js[] = {
#embed "../Pages/circuit.js" suffix(, 0) if_empty(0)
};

static const unsigned char main_js[] = {
#embed "../Pages/main.js" suffix(, 0) if_empty(0)
};

static const struct {
    const char *name;
    const unsigned char *bytes;
    size_t size;
} files[] = {
    {"page.html", page_html, sizeof page_html - 1},
    {"page.css", page_css, sizeof page_css - 1},
    {"dom.js", dom_js, sizeof dom_js - 1},
    {"answers.js", answers_js, sizeof answers_js - 1},
    {"theme.js", theme_js, sizeof theme_js - 1},
    {"keys.js", keys_js, sizeof keys_js - 1},
    {"tokens.js", tokens_js, sizeof tokens_js - 1},
    {"chart.js", chart_js, sizeof chart_js - 1},
    {"histogram.js", histogram_js, sizeof histogram_js - 1},
    {"heatmap.js", heatmap_js, sizeof heatmap_js - 1},
    {"explanation.js", explanation_js, sizeof explanation_js - 1},
    {"attention.js", attention_js, sizeof attention_js - 1},
    {"features.js", features_js, sizeof features_js - 1},
    {"pairs.js", pairs_js, sizeof pairs_js - 1},
    {"dashboard.js", dashboard_js, sizeof dashboard_js - 1},
    {"training.js", training_js, sizeof training_js - 1},
    {"graph.js", graph_js, sizeof graph_js - 1},
    {"circuit.js", circuit_js, sizeof circuit_js - 1},
    {"main.js", main_js, sizeof main_js - 1},
};

size_t qk_page_count(void) { return sizeof files / sizeof files[0]; }
const char *qk_page_name(size_t index) { return files[index].name; }
const unsigned char *qk_page_bytes(size_t index) { return files[index].bytes; }
size_t qk_page_size(size_t index) { return files[index].size; }
