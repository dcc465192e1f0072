// One feature: on how many tokens, on which, where most, and with whom it makes heads look.
"use strict";

(() => {
  const SHOWN_TOKENS = 10;
  const facts = new Map(), partners = new Map(), weights = new Map();

  QK.featureName = (side, feature) => `${side}-${feature}`;
  QK.sideColor = (side) => side === "query" ? "--query" : "--key";

  /** Every feature of the document: {side, feature, density, …, partners}. */
  QK.features = () => {
    if (!facts.size) {
      for (const { params, result } of QK.calls("partners")) if (result) partners.set(QK.featureName(params.side,
        params.feature), result);
      for (const { side, features } of QK.results("weights")) for (const each of features) weights.set(QK.featureName(side,
        each.feature), each);
      // In the order of choice, the strongest first.
      for (const name of partners.keys()) facts.set(name, undefined);
      for (const { side, features } of QK.results("features")) {
        for (const each of features) {
          const name = QK.featureName(side, each.feature);
          facts.set(name, { ...each, side, name, partners: partners.get(name), weights: weights.get(name) });
        }
      }
    }
    return facts;
  };

  /** A feature's short name, a link where the page shows it. */
  QK.featureLink = (side, feature) => {
    const name = QK.featureName(side, feature), found = QK.features().get(name);
    const attributes = { class: `name ${side}`, "aria-label": `${side} feature ${feature}` };
    const text = `${side[0]}${feature}`;
    if (!found) return QK.el("span", { ...attributes, title: "not in this report" }, text);
    const fires = (found.top_tokens ?? []).slice(0, 6);
    return QK.el("a", {
      ...attributes, href: `#${name}`, "data-to": name,
      onpointermove: (event) => QK.tip(event, QK.el("b", {}, `${side} feature ${feature}`),
        QK.el("div", {}, `${QK.percent(found.density)} of the tokens`),
          QK.el("div", {}, fires.map(({ piece }) => [QK.token(piece, { class: "chip" }, 16), " "]))),
      onpointerleave: () => QK.tip(),
    }, text);
  };

  /** A concordance: the token it is about in one column, what stands around it on both sides. */
  const concordance = (examples, strongest, color) => QK.el("ol", { class: "concordance" }, examples.map((example) => QK.el("li", {
    title: `context ${example.context}, position ${example.position}`,
  },
  QK.el("span", { class: "number" }, QK.number(example.activation)),
  QK.el("span", { class: "before" }, QK.el("span", {}, QK.context(example.before, 0))),
  QK.token(example.piece, { class: "focus", style: QK.strength(0.06 + (0.5 * example.activation) / strongest, color) }),
  QK.el("span", { class: "after" }, QK.context(example.after, 0)))));

  /** Tokens by how often. */
  QK.tokenTable = (caption, counts, color) => {
    const most = Math.max(...counts.map(({ share }) => share), 1e-12);
    return QK.table(caption, [
      { name: "token", cell: ({ piece }) => QK.token(piece, { class: "chip" }, 24) },
      { name: "", cell: ({ share }) => QK.bar(share / most, color) },
      { name: "share", number: true, cell: ({ share }) => QK.percent(share), title: "of all places where it is active" },
      { name: "count", number: true, cell: ({ count }) => QK.number(count) },
    ], counts.slice(0, SHOWN_TOKENS), { class: "tokens" });
  };

  /** The key to the colours of heads. */
  QK.headLegend = (heads, layer) => QK.el("p", { class: "legend" }, heads.map((head) =>
    QK.el("span", {}, QK.el("span", { class: "dot", style: { background: QK.hue(head) } }), `L${layer}H${head}`)));

  function partnerTable(found, color) {
    const { side, partners: known } = found;
    if (!known?.partners.length) return QK.el("p", { class: "note" }, "No entry of the map holds this feature.");
    const other = side === "query" ? "key" : "query";
    const most = known.partners[0].expected_contribution || 1;
    const bar = ({ heads, contributions, expected_contribution: sum }) =>
      QK.el("div", { style: { width: `${(100 * sum) / most}%` } },
      QK.stack(heads.map((head, place) => `head ${head} ${QK.number(contributions[place])}`).join(", "),
        heads.map((head, place) => [contributions[place], QK.hue(head), `H${head}: ${QK.number(contributions[place])}`])));
    return [QK.table("Partners", [
      { name: "pair", cell: ({ query_feature: query, key_feature: key }) => QK.pairLink(query, key) },
      { name: `${other} feature`, cell: (row) => firing(other, row[`${other}_feature`]) },
      { name: "by head", cell: bar },
      { name: "contribution", number: true, cell: (row) => QK.number(row.expected_contribution),
        title: "Σ over heads of |M · mask| × mean activations" },
    ], known.partners, { class: "partners" }),
    known.total > known.partners.length && QK.el("p", { class: "note" },
      `The strongest ${known.partners.length} of ${QK.number(known.total)}.`)];
  }

  /** A feature with what it fires on. */
  const firing = (side, feature) => [QK.featureLink(side, feature), " ",
    (QK.features().get(QK.featureName(side, feature))?.top_tokens ?? []).slice(0, 3)
      .map(({ piece }) => [QK.token(piece, { class: "chip" }, 10), " "])];

  function headShares({ partners: known }, count, layer) {
    const sums = new Array(count).fill(0);
    for (const { heads, contributions } of known?.partners
      ?? []) heads.forEach((head, place) => { sums[head] += contributions[place]; });
    return headBars(sums, layer);
  }

  function headBars(values, layer) {
    const all = values.reduce((sum, each) => sum + each, 0);
    return all > 0 && QK.el("div", { class: "headbars" },
      values.map((value, head) => QK.el("div", { title: `L${layer}H${head}: ${QK.number(value)}` },
      QK.el("span", {}, `H${head}`),
      QK.el("span", { class: "bar" }, QK.el("span",
        { style: { width: `${(100 * value) / Math.max(...values)}%`, background: QK.hue(head) } })),
      QK.el("span", { class: "number" }, QK.percent(value / all, 2)))));
  }

  function activations({ histogram, density }, color) {
    if (!histogram) return null;
    const { width, counts } = histogram;
    const bins = counts.map((count, place) => ({
      label: QK.plain(place * width, 2), count,
        title: `${QK.plain(place * width)} to ${QK.plain((place + 1) * width)}: ${QK.plural(count, "token")}`,
    }));
    return QK.histogram({ title: "Activations", note: `${QK.percent(density)} not zero; log counts`, bins, color,
      isLog: true, edges: true, every: Math.ceil(bins.length / 6) });
  }

  const tokenValues = (name, tokens, title) => tokens?.length > 0 && QK.table(name, [
    { name: QK.el("span", { title }, name), cell: ({ piece }) => QK.token(piece, { class: "chip" }, 14) },
      { name: "", number: true, cell: ({ value }) => QK.signed(value) },
  ], tokens, { class: "values" });

  /** What the weights alone say: which tokens raise it, which it looks for, and what the direction that it reads says of the next token. */
  function weightTables({ weights: found, side }, layer) {
    if (!found) return null;
    const { attracts } = found, other = side === "query" ? "keys" : "queries";
    const twoOf = (heading, note, [up, raised], [down, lowered]) => raised?.length > 0
      && QK.section(heading, note, QK.el("div", { class: "pair-of-tables" }, tokenValues(up, raised), tokenValues(down, lowered)));
    return QK.el("div", { class: "three" },
      twoOf("Read from a token alone", "pre-activation, were the residual the token's embedding", ["raised", found.raised],
        ["lowered", found.lowered]),
      attracts && twoOf(`Looks for, in L${layer}H${attracts.head}`,
        `what its decoder row scores among the ${other} of single tokens`, ["high", attracts.raised], ["low", attracts.lowered]),
      twoOf("Logits of what it reads", "its encoder direction through the final norm and the unembedding",
        ["promoted", found.promotes], ["demoted", found.demotes]),
    );
  }

  const decoder = ({ weights: found }, layer) => found && QK.section("Decoder by head", "share of its row's squared norm",
    headBars(found.head_norms.map((norm) => norm * norm), layer), QK.facts([
      ["decoder norm", QK.number(found.decoder_norm)], ["encoder norm", QK.number(found.encoder_norm)],
      ["bias", QK.number(found.b_enc)], found.threshold !== undefined && ["threshold", QK.number(found.threshold)],
    ]));

  /** The page of a feature. */
  QK.showFeature = (found) => {
    const { side, feature } = found, color = QK.sideColor(side);
    const dictionary = QK.result("dictionary"), map = QK.result("map");
    const evaluation = dictionary.evaluation ?? {};
    const strongest = found.max_activation || 1;
    return [
      QK.el("h2", { tabindex: -1 }, QK.el("span", { class: `name ${side}` }, `${side[0]}${feature}`),
        ` ${side} feature ${feature}`),
      QK.facts([
        ["active on", QK.percent(found.density), "share of the tokens read"],
        ["mean where active", QK.number(found.mean_activation)], ["maximum", QK.number(found.max_activation)],
        ["partners", found.partners && QK.number(found.partners.total)],
      ]),
      QK.el("div", { class: "columns" },
        QK.el("div", {},
          QK.section("Strongest places", null, found.examples.length ? concordance(found.examples, strongest, color)
            : QK.el("p", { class: "note" }, "It was never active in the text that was read.")),
          found.quantiles?.length > 0 && QK.section("Quantiles", "an even sample of all places where it is active, strongest first",
            concordance(found.quantiles, strongest, color)),
          QK.section("Partners", "whom it makes heads look from or to, by what the pair is expected to add to a score",
            partnerTable(found, color)),
          weightTables(found, map.layer)),
        QK.el("aside", {},
          activations(found, color),
          evaluation[`density_${side}`] && QK.densities(`Density of all ${side} features`, evaluation[`density_${side}`],
            evaluation[`dead_${side}`], color, found.density),
          found.top_tokens?.length > 0 && QK.section("Fires on", null, QK.tokenTable("Tokens", found.top_tokens, color)),
          found.partners?.total > 0 && QK.section("Heads", "share of its expected contributions",
            headShares(found, dictionary.n_heads, map.layer)),
          decoder(found, map.layer))),
    ];
  };
})();
