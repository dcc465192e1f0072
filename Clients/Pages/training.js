// Trainings: figures over steps, what they reach, what their maps keep; one, or two side by side.
"use strict";

(() => {
  const COLORS = ["var(--positive)", "var(--second)"];
  const STAGES = { transcoders: "transcoders", map: "all pairs", masked_map: "masked map" };

  /** Each run with all that belongs to it. */
  function runs() {
    const metrics = new Map(QK.calls("metrics").map((call) => [call.params.dictionary, call]));
    const masks = new Map(QK.calls("mask_metrics").map((call) => [call.params.job, call]));
    return QK.results("dictionary").map((dictionary, place) => {
      const maps = QK.calls("maps").find(({ params, result }) => result
        && params.dictionary === dictionary.dictionary)?.result.maps ?? [];
      const map = maps[0];
      return {
        dictionary, map, maps, color: COLORS[place], history: metrics.get(dictionary.dictionary), mask: map && masks.get(map.job),
        report: map && QK.calls("report").find(({ params, result }) => result && params.map === map.map)?.result,
      };
    });
  }

  const line = (history, member) => (history?.result?.metrics ?? []).filter((each) => Number.isFinite(each[member]))
    .map((each) => [each.step, each[member]]);

  /** One chart of several members: [member, name, colour when there is a single run, whether dashed]; `change` alters the values. */
  function chart(all, title, members, { isLog, note, change = (value) => value, history = "history", format } = {}) {
    const series = all.flatMap((run) => members.map(([member, name, color, isDashed]) => ({
      name: all.length > 1 ? `${run.dictionary.dictionary} ${name}` : name, color: all.length > 1 ? run.color : `var(${color})`,
        isDashed: all.length > 1 && isDashed,
      points: line(run[history], member).map(([step, value]) => [step, change(value)]),
    }))).filter(({ points }) => points.some(([, value]) => value !== 0));
    const figure = series.length ? QK.lines({ title, series, isLog, note, format }) : null;
    if (figure && all.length === 1 && series.length > 1) figure.append(QK.el("p", { class: "legend" },
      series.map(({ name, color }) => QK.el("span", {}, QK.el("span", { class: "dot", style: { background: color } }), name))));
    return figure;
  }

  const sides = (member) => [[`${member}_query`, "query", "--query", false], [`${member}_key`, "key", "--key", true]];

  const charts = (all) => [
    chart(all, "Loss", [["losses/overall_loss", "loss", "--accent"]], { isLog: true }),
    chart(all, "KL of the pattern", [["losses/kl_loss", "both sides rebuilt", "--accent"],
      ["losses/kl_loss_query", "query", "--query"], ["losses/kl_loss_key", "key", "--key", true]].slice(0, all.length > 1 ? 1 : 3),
      { isLog: true, note: "nats" }),
    chart(all, "Sparsity penalty", [["losses/sparsity_loss", "penalty", "--accent"]], { isLog: true }),
    chart(all, "L0", sides("metrics/l0"), { note: "active features per token" }),
    chart(all, "Unexplained variance", sides("metrics/explained_variance"),
      { isLog: true, change: (value) => 1 - value, format: QK.percent }),
    chart(all, "Live features", sides("sparsity/live_features"), {}),
    chart(all, "CE recovered", [["model_performance_preservation/ce_loss_score", "CE recovered", "--accent"]],
      { format: QK.percent, note: "on a few held-out contexts; below on more" }),
    chart(all, "Squared error", [["losses/mse_loss", "MSE", "--accent"]], { isLog: true }),
    chart(all, "Learning rate", [["details/current_learning_rate", "rate", "--accent"]], {}),
  ];

  /** Densities over steps: a column for each step that has them, a row for each decade. */
  function densitiesOverSteps({ history, dictionary }, side) {
    const member = `sparsity/density_${side}`;
    const steps = (history?.result?.metrics ?? []).filter((each) => each[member]);
    if (!steps.length) return null;
    const decades = [-1, -2, -3, -4, -5, -6, -7, -8], count = dictionary[`d_sae_${side}`];
    const width = 420, left = 52, high = 15, across = (width - left) / steps.length;
    return QK.el("figure", { class: "lines" },
      QK.el("figcaption", {}, `Density of ${side} features`,
      QK.el("small", {}, " over steps")),
      QK.svg("svg", { viewBox: `0 0 ${width} ${high * decades.length + 18}`, class: "chart", role: "img",
        "aria-label": `Density of ${side} features over steps` },
        decades.map((decade, row) => [
          QK.svg("text", { x: left - 6, y: row * high + 11, "text-anchor": "end" },
            decade === -1 ? "≥ 10 %" : decade >= -3 ? `${Number((10 ** (decade + 2)).toPrecision(1))} %`
            : `10⁻${"⁰¹²³⁴⁵⁶⁷⁸"[-decade]}`),
          steps.map((each, column) => {
            const found = each[member][`1e${decade}`] ?? 0;
            return QK.svg("rect", {
              x: left + column * across, y: row * high, width: Math.max(0.5, across - 0.5), height: high - 1,
                style: { fill: `var(${QK.sideColor(side)})`, "fill-opacity": Math.sqrt(found / count).toFixed(3) },
              onpointermove: (event) => QK.tip(event, `step ${QK.number(each.step)}: ${QK.plural(found, "feature")}`),
                onpointerleave: () => QK.tip(),
            });
          }),
        ]),
        [0, steps.length - 1]
          .map((column) => QK.svg("text", { x: left + (column + 0.5) * across, y: high * decades.length + 13,
          "text-anchor": column ? "end" : "start" }, QK.number(steps[column].step)))));
  }

  const head = ({ dictionary, color }, isPair) => QK.el("div", { class: "run" },
    QK.el("h2", {}, isPair && QK.el("span", { class: "dot", style: { background: color } }), dictionary.dictionary),
    QK.facts([
      ["model", dictionary.model], ["layer", dictionary.layer],
        ["features", `${QK.number(dictionary.d_sae_query)} × ${QK.number(dictionary.d_sae_key)}`],
      ["tokens", QK.number(dictionary.tokens)], ["steps", QK.number(dictionary.steps)], ["seed", dictionary.seed],
      ["L0", dictionary.evaluation.L0_query !== undefined
        && `${QK.number(dictionary.evaluation.L0_query)} / ${QK.number(dictionary.evaluation.L0_key)}`,
        "query / key, on held-out text"],
      ["live", dictionary.evaluation.live_query !== undefined
        && `${QK.number(dictionary.evaluation.live_query)} / ${QK.number(dictionary.evaluation.live_key)}`,
        "query / key features active on held-out text"],
    ].map((row) => row[1] === false ? null : row)));

  /** A column for each head: the KL of its pattern. */
  const headColumns = (heads, most) => QK.el("span", {
    class: "columns-of-heads", role: "img", "aria-label": heads.map(({ head: number, KL }) => `H${number} ${QK.number(KL)}`).join(", "),
  }, heads.map(({ head: number, KL, same_argmax: same }) => QK.el("span", {
    title: `H${number}: ${QK.number(KL)} nats, same strongest source ${QK.percent(same)}`,
    style: { height: `${Math.max(4, (100 * KL) / most)}%`, background: QK.hue(number) },
  })));

  /** Stages of one run: losses of the whole layer, and each head's KL. */
  function stages({ dictionary, report }) {
    const found = report?.stages ?? dictionary.evaluation.stages;
    if (!found?.length) return null;
    const most = Math.max(...found.flatMap((stage) => stage.heads.map(({ KL }) => KL)), 1e-12);
    return QK.table(`Stages of ${dictionary.dictionary}`, [
      { name: "patterns from", cell: ({ stage }) => STAGES[stage] ?? stage },
      { name: "CE", number: true, cell: ({ CE }) => QK.number(CE, 4), title: "mean loss per token, nats" },
      { name: "CE recovered", number: true, cell: (row) => row.CE_recovered_is_defined ? QK.percent(row.CE_recovered, 4) : "–",
        title: `share of ${QK.number(found[0].CE_recovered_denominator)} nats that zeroed patterns cost` },
      { name: "KL of logits", number: true, cell: (row) => QK.number(row.KL_logits), title: "nats per token" },
      { name: "KL of each head's pattern", cell: ({ heads }) => headColumns(heads, most) },
    ], found);
  }

  function sparsity({ report, map, dictionary }) {
    if (!report) return map ? QK.el("p", { class: "note" }, `${map.map} could not be reported.`)
      : QK.el("p", { class: "note" }, "There is no map yet: ", QK.el("code", {}, `qklens maps train ${dictionary.dictionary}`));
    const of = (share, all) => [QK.percent(share), QK.el("span", { class: "of" }, ` of ${QK.number(all)}`)];
    const columns = [["all", "of_all", "all there are"], ["live", "of_live", "those between features that were live in training"],
      ["co-active", "of_co_active", "those that were active together in training"]];
    return [QK.table(`Sparsity of ${report.map}`, [
      { name: report.map, cell: ([name]) => name }, { name: "kept", number: true, cell: ([, row]) => QK.number(row.count) },
      ...columns.map(([name, member, title]) => ({ name, title, number: true,
        cell: ([, row]) => of(row[member], row[member.slice(3)]) })),
    ], [["entries", report.sparsity.entries], ["pairs", report.sparsity.pairs]]),
    QK.el("p", { class: "note" },
      `An entry is a pair in one head. ${QK.number(report.sparsity.beta_entries)} bias entries are counted beside.`),
    QK.histogram({ title: "Pairs by number of heads",
      bins: report.sparsity.pairs_by_heads.map((count,
      place) => ({ label: String(place + 1), count,
      title: `in ${QK.plural(place + 1, "head")}: ${QK.plural(count, "pair")}` })) })];
  }

  const search = ({ map }) => map?.search?.trials?.length > 0
    && QK.section("Search of the mask's weight",
    `KL of the pattern: ${QK.number(map.search.KL_map)} with all pairs, ${QK.number(map.search.KL_masked)} with those kept`,
    QK.table("Trials", [
      { name: "λ", number: true, cell: (row) => QK.number(row.lambda) },
        { name: "KL", number: true, cell: (row) => QK.number(row.KL) },
      { name: "entries", number: true, cell: (row) => QK.number(row.entries) },
        { name: "within budget", cell: (row) => row.is_within_budget ? "✓" : QK.el("span", { class: "no" }, "–") },
    ], map.search.trials));

  const sink = ({ report }) => report && QK.section("Attention to BOS, by cause",
    `sinks (at least ${QK.percent(report.sink.threshold, 2)} of the attention): ${QK.percent(report.sink.sink_rate)} of heads and contexts`,
    QK.table("Sinks", [
      { name: "head", cell: (row) => `H${row.head}` }, { name: "attention", number: true, cell: (row) => QK.percent(row.mass) },
      { name: "masked map", number: true, cell: (row) => QK.percent(row.mass_masked_map) },
        { name: "uniform", number: true, cell: (row) => QK.percent(row.uniform) },
      { name: "bias", number: true, cell: (row) => QK.percent(row.query_bias) },
        { name: "dense", number: true, cell: (row) => QK.percent(row.dense_features), title: "entries of dense query features" },
      { name: "other", number: true, cell: (row) => QK.percent(row.other_features) },
        { name: "error", number: true, cell: (row) => QK.percent(row.error) },
    ], report.sink.heads));

  const shown = (value) => typeof value === "number" ? QK.plain(value, 6) : Array.isArray(value) ? value.map(shown).join(", ")
    : typeof value === "boolean" ? (value ? "yes" : "no") : value === undefined ? "–" : String(value);

  function settings(all) {
    const names = [...new Set(all.flatMap(({ dictionary }) => Object.keys(dictionary.settings)))]
      .filter((name) => name !== "dry_run");
    const rows = names.map((name) => [name, ...all.map(({ dictionary }) => shown(dictionary.settings[name]))]);
    return QK.table("Configuration", [{ name: "setting", cell: ([name]) => name },
      ...all.map(({ dictionary }, place) => ({ name: dictionary.dictionary, cell: (row) => QK.plainText(row[place + 1], 120) }))],
      rows, { class: "settings", row: (row) => row.length > 2 && row[1] !== row[2] && "differs" });
  }

  function comparison() {
    const [call] = QK.calls("comparison");
    if (!call) return null;
    if (!call.result) return QK.section("In common", null, QK.el("p", { class: "note" }, call.error.message));
    const { matchings, overlaps, tokens, min_correlation: least } = call.result;
    return QK.section("In common",
      `features whose activations correlate by at least ${QK.number(least, 2)} over ${QK.plural(tokens, "token")}`,
      QK.el("div", { class: "two" }, QK.table("Matching features", [
        { name: "side", cell: ({ side }) => QK.el("span", { class: `name ${side}` }, side) },
          { name: "live", number: true, cell: (row) => `${QK.number(row.live_first)} / ${QK.number(row.live_second)}` },
        { name: "matched", number: true, cell: ({ matched }) => QK.number(matched) },
          { name: "of activation", number: true, cell: (row) => QK.percent(row.matched_activation) },
        { name: "correlation", number: true, cell: (row) => QK.number(row.mean_correlation) },
          { name: "cosine", number: true, cell: (row) => QK.number(row.mean_cosine) },
      ], matchings), overlaps?.length > 0 && QK.table("Overlap of the maps", [
        { name: "entries of", cell: ({ first, others }) => `${first} found in ${others.join(", ")}` },
          { name: "comparable", number: true, cell: (row) => QK.percent(row.entries.comparable) },
        { name: "same head", number: true, cell: (row) => QK.percent(row.entries.same_head) },
          { name: "any head", number: true, cell: (row) => QK.percent(row.entries.some_head) },
      ], overlaps)));
  }

  QK.training = (main) => {
    const all = runs(), isPair = all.length > 1;
    const each = (make) => QK.el("div", { class: "two" },
      all.map((run) => QK.el("div", {}, isPair
      && QK.el("p", { class: "legend" }, QK.el("span", {}, QK.el("span", { class: "dot", style: { background: run.color } }),
      run.dictionary.dictionary)), make(run))));
    const curves = charts(all).filter(Boolean), masks = [
      chart(all, "KL of the masked pattern", [["losses/kl_loss", "KL", "--accent"]], { isLog: true, history: "mask" }),
        chart(all, "Entries kept", [["metrics/entries", "entries", "--accent"]], { history: "mask" }),
    ].filter(Boolean);
    const overTime = all.flatMap((run) => ["query", "key"].map((side) => densitiesOverSteps(run, side))).filter(Boolean);
    const lost = all.filter(({ history }) => !history?.result?.metrics.length);
    main.classList.add("training", isPair ? "pair" : "single");
    main.replaceChildren(...[
      QK.el("div", { class: "runs" }, all.map((run) => head(run, isPair))),
      QK.section("Training", isPair && "the key side is dashed",
        curves.length > 0 && QK.el("div", { class: "charts" }, curves, overTime),
        lost.map(({ dictionary, history }) => QK.el("p", { class: "note" },
          `The figures of ${dictionary.dictionary}'s training are not there: `,
          history?.error?.message ?? (dictionary.imported_from ? "it was imported" : "they were not kept"), "."))),
      QK.section("What it reaches",
        "each stage takes more away: the dictionaries alone, all of their pairs, the pairs that the mask keeps", each(stages)),
      QK.section("Sparsity", null, each(sparsity)),
      QK.section("Density", "of features on held-out text",
        each(({ dictionary: { evaluation } }) => QK.el("div", { class: "histograms" }, ["query", "key"].map((side) =>
        evaluation[`density_${side}`] && QK.densities(`${side} features`, evaluation[`density_${side}`],
          evaluation[`dead_${side}`], QK.sideColor(side)))))),
      masks.length > 0 && QK.section("Training of the mask", null, QK.el("div", { class: "charts" }, masks)),
      each((run) => [search(run), sink(run)].filter(Boolean)),
      comparison(),
      QK.section("Configuration", null, settings(all)),
    ].filter(Boolean));
  };
})();
