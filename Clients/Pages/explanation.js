// Why one head looks from one token at another: the pattern with its reconstructions, the score's parts, the pairs.
"use strict";

(() => {
  // What softmax sees of a score, and what is the same for every source.
  const GROUPS = [
    ["feature pairs", ["feature_feature"], "query feature × key feature: what the map accounts for"],
    ["bias × key features", ["bias_feature"], "what the key's features add whatever the query"],
    ["errors", ["feature_error", "bias_error", "error_feature", "error_error"], "what the dictionaries do not reproduce"],
    ["same for every source", ["feature_bias", "bias_bias", "error_bias"], "removed by the softmax"],
  ];

  /** A bar to the left or the right of the middle. */
  const signedBar = (value, most) => QK.el("span", { class: "signed", "aria-hidden": "true" }, QK.el("span", {
    style: {
      [value < 0 ? "right" : "left"]: "50%", width: `${(50 * Math.abs(value)) / most}%`,
        background: `var(${value < 0 ? "--negative" : "--positive"})`,
    },
  }));

  function parts(found) {
    const values = Object.fromEntries(found.parts.map(({ part, value }) => [part, value]));
    const rows = GROUPS.map(([name, members, title]) => ({ name, title,
      value: members.reduce((sum, member) => sum + values[member], 0) }));
    const most = Math.max(...rows.map(({ value }) => Math.abs(value)), 1e-12);
    return [QK.table("Parts of the score", [
      { name: "part of the score", cell: ({ name, title }) => QK.el("span", { title }, name) },
      { name: "", cell: ({ value }) => signedBar(value, most) },
      { name: "", number: true, cell: ({ value }) => QK.signed(value) },
    ], rows, { class: "parts" }),
    QK.el("p", { class: "sum" }, QK.el("span", {}, "score"), QK.el("b", {}, QK.signed(found.attn_score)))];
  }

  function pairs(found) {
    if (!found.pairs.length) return QK.el("p", { class: "note" }, "No pair of features is active here.");
    const most = Math.max(...found.pairs.map(({ contribution }) => Math.abs(contribution)), 1e-12);
    const hasMap = found.surviving_pairs !== undefined;
    return QK.table("Feature pairs", [
      { name: "pair", cell: (row) => QK.el("span",
        { class: row.survives === false ? "name pair masked" : "name pair",
        title: `activations ${QK.number(row.query_activation)} and ${QK.number(row.key_activation)}` },
        QK.el("span", { class: "query" }, `q${row.query_feature}`), " × ",
          QK.el("span", { class: "key" }, `k${row.key_feature}`)) },
      { name: "", cell: ({ contribution }) => signedBar(contribution, most) },
      { name: "score", number: true, cell: ({ contribution }) => QK.signed(contribution) },
      { name: "pattern", number: true, cell: ({ pattern_effect }) => QK.signed(pattern_effect, 2),
        title: "the pattern's entry minus what it would be without this pair" },
      hasMap && { name: "kept", cell: ({ survives }) => survives ? QK.el("span", { title: "the mask keeps it" }, "✓")
        : QK.el("span", { class: "no", title: "the mask drops it" }, "–") },
    ].filter(Boolean), found.pairs, { class: "pairs" });
  }

  const marginal = (name, side, features) => features.length > 0 && QK.el("div", {}, QK.el("h4", {}, name), QK.table(name, [
    { name: "feature", cell: ({ feature }) => QK.el("span", { class: `name ${side}` }, `${side[0]}${feature}`) },
    { name: "active", number: true, cell: ({ activation }) => QK.number(activation) },
    { name: "score", number: true, cell: ({ contribution }) => QK.signed(contribution) },
  ], features.slice(0, 5)));

  /** Where this look could be explained, if the page does not hold it. */
  function elsewhere({ layer, head, destination, source }, params) {
    const text = params.text === undefined ? "…" : QK.quoted(params.text);
    const map = params.map ? ` --map ${params.map}` : "";
    return [QK.el("p", { class: "note" }, "This look is not taken apart here; in a terminal:"),
      QK.el("code", { class: "command" },
        `qklens explain ${text} --layer ${layer} --head ${head} --dest ${destination} --src ${source}${map}`)];
  }

  /** What stands beside the large pattern. */
  QK.showLook = (look, pieces, { values, found, params }) => {
    const { layer, head, destination, source } = look;
    const weaker = found && found.feature_pairs - found.pairs.length;
    const active = found && `${QK.number(found.feature_pairs)} are active and add ${QK.signed(found.feature_pairs_sum)}`;
    const kept = found?.surviving_pairs === undefined ? ""
      : `; the mask keeps ${QK.number(found.surviving_pairs)}, which add ${QK.signed(found.surviving_pairs_sum)}`;
    return [
      QK.el("h2", {}, QK.el("span", { class: "head", style: { color: QK.hue(head) } }, `L${layer}H${head}`), " ",
        QK.token(pieces[destination], { class: "mark destination" }), QK.el("span", { class: "arrow" }, " → "),
          QK.token(pieces[source], { class: "mark source" })),
      QK.facts([
        ["pattern", QK.number(values.true), `token ${destination} looks at token ${source}`],
        values.transcoders !== undefined && ["transcoders", QK.number(values.transcoders), "from the dictionaries alone"],
        values.masked_map !== undefined && ["masked map", QK.number(values.masked_map), "from the pairs that the mask keeps"],
      ]),
      found ? [
        QK.section("Why", null, parts(found)),
        QK.section("Feature pairs", active + kept, pairs(found),
          weaker > 0 && QK.el("p", { class: "note" }, `and ${QK.number(weaker)} weaker`)),
        QK.el("div", { class: "pair-of-tables" }, marginal("at the destination", "query", found.query_features),
          marginal("at the source", "key", found.key_features)),
      ] : params ? elsewhere(look, params) : QK.el("p", { class: "note" }, "No dictionary of this layer was named."),
    ];
  };
})();
