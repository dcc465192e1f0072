// One pair: where it acts, over which distances, on which tokens, in which heads, and what the model loses without it.
"use strict";

(() => {
  const facts = new Map();

  QK.pairName = (query, key) => `pair-${query}-${key}`;

  /** Every pair of the document: {query, key, entries, places, removal}. */
  QK.pairs = () => {
    if (facts.size) return facts;
    for (const { params, result } of QK.calls("lookup")) {
      let place = 0;
      params.pairs.forEach(([query, key], at) => {
        const entries = Array.from({ length: result.entries[at] }, (_, each) => ({
          head: result.head[place + each], M: result.M[place + each], mask: result.mask[place + each],
          expected_contribution: result.expected_contribution[place + each],
        }));
        place += entries.length;
        facts.set(QK.pairName(query, key), { query, key, entries, name: QK.pairName(query, key),
          contribution: entries.reduce((sum, each) => sum + each.expected_contribution, 0) });
      });
    }
    for (const { params, result, error } of QK.calls("places")) Object.assign(facts.get(QK.pairName(params.query_feature,
      params.key_feature)) ?? {}, { places: result, failure: error });
    for (const { params, result } of QK.calls("removal")) {
      const [{ query_feature: query, key_feature: key }] = params.edits;
      Object.assign(facts.get(QK.pairName(query, key)) ?? {}, { removal: result });
    }
    return facts;
  };

  /** A pair's short name, a link where the page shows it. */
  QK.pairLink = (query, key) => {
    const name = QK.pairName(query, key), found = QK.pairs().get(name);
    const text = [QK.el("span", { class: "query" }, `q${query}`), " × ", QK.el("span", { class: "key" }, `k${key}`)];
    if (!found) return QK.el("span", { class: "name pair", title: "not in this report" }, text);
    return QK.el("a", { class: "name pair", href: `#${name}`, "data-to": name,
      "aria-label": `pair of query feature ${query} and key feature ${key}` }, text);
  };

  /** Both windows of a place as one line of text, with a gap where they do not meet; the source is left of the destination, or the same. */
  function placeLine(place) {
    const { destination, source, destination_window: at, source_window: from } = place;
    const mark = (position) => {
      const sides = [position === destination && "destination", position === source && "source"].filter(Boolean);
      return sides.length ? { class: `mark ${sides.join(" ")}`, title: sides.join(" and ") } : {};
    };
    const end = from.first + from.pieces.length;
    if (end >= at.first) {
      const first = Math.min(from.first, at.first);
      return QK.context([...from.pieces.slice(0, Math.max(0, at.first - from.first)), ...at.pieces], first, mark);
    }
    return [QK.context(from.pieces, from.first, mark),
      QK.el("span", { class: "gap", title: QK.plural(at.first - end, "token") }, " ⋯ "), QK.context(at.pieces, at.first, mark)];
  }

  const placeTable = (places, query, key) => QK.table("Places", [
    { name: "contribution", number: true, cell: (row) => QK.signed(row.contribution), title: "what the pair adds to the score" },
    { name: "effect", number: true, cell: (row) => QK.signed(row.effect),
      title: "the pattern's entry minus what it would be without the pair" },
    { name: "text", cell: placeLine },
    { name: `q${query}`, number: true, cell: (row) => QK.number(row.query_activation),
      title: "the query feature's activation at the destination" },
    { name: `k${key}`, number: true, cell: (row) => QK.number(row.key_activation),
      title: "the key feature's activation at the source" },
    { name: "back", number: true, cell: (row) => QK.number(row.destination - row.source), title: `how many tokens back it looks` },
  ], places, { class: "places" });

  const LISTS = [
    ["by_effect", "strongest effect", "by what the pattern's entry would lose without the pair"],
    ["by_contribution", "strongest contribution", "by what the pair adds to the score"],
    ["quantiles", "even sample", "of all places where the pair acts, strongest first"],
  ];

  function placesSection({ places, query, key, failure }, layer) {
    if (!places) return QK.section("Places", null,
      QK.el("p", { class: "note" }, failure ? failure.message : "No places have been collected: ",
      !failure && QK.el("code", {}, `qklens examples collect ${QK.result("map").map}`)));
    const held = LISTS.filter(([name]) => places[name]?.length);
    const holder = QK.el("div", {}), note = QK.el("p", { class: "note" });
    const show = (name) => {
      holder.replaceChildren(placeTable(places[name], query, key));
      note.textContent = `${LISTS.find(([each]) => each === name)[2]}, in head L${layer}H${places.head}`;
    };
    if (held.length) show(held[0][0]);
    return QK.section("Places", null, QK.el("div", { class: "tools" },
      QK.choice("Which places", held.map(([name, text]) => [name, text]), held[0]?.[0], show), legend()), note, holder);
  }

  const legend = () => QK.el("p", { class: "legend" },
    QK.el("span", {}, QK.el("span", { class: "mark destination" }, "destination"), " looks at "),
    QK.el("span", {}, QK.el("span", { class: "mark source" }, "source")));

  function headTable({ entries, places }, layer) {
    const acting = new Map((places?.heads ?? []).map((each) => [each.head, each]));
    const heads = [...new Set([...entries.map(({ head }) => head), ...acting.keys()])].sort((a, b) => a - b)
      .map((head) => ({ head, ...entries.find((entry) => entry.head === head), ...acting.get(head) }));
    const most = Math.max(...heads.map((each) => each.expected_contribution ?? 0), 1e-12);
    return QK.table("Heads", [
      { name: "head", cell: ({ head }) => [QK.el("span", { class: "dot", style: { background: QK.hue(head) } }),
        `L${layer}H${head}`] },
      { name: "M", number: true, cell: ({ M }) => QK.signed(M),
        title: "entry of the map: what it adds to the score per product of activations" },
      { name: "mask", number: true, cell: ({ mask }) => mask === undefined ? "–" : mask.toFixed(2) },
      { name: "expected", number: true, cell: (row) => QK.number(row.expected_contribution),
        title: "|M · mask| × mean activations" },
      { name: "", cell: (row) => QK.bar((row.expected_contribution ?? 0) / most) },
      { name: "mean in text", number: true, cell: (row) => QK.signed(row.mean_contribution),
        title: "mean contribution to the score where it acts" },
      { name: "mean |effect|", number: true, cell: (row) => QK.number(row.mean_absolute_effect),
        title: "mean change of the pattern's entry if the pair were removed" },
    ], heads, { class: "heads" });
  }

  const distances = ({ places }) => places?.distances.length > 0 && QK.histogram({
    title: "Distance", note: "tokens from source to destination",
    bins: places.distances.map(({ from, to, count, share }) => ({
      label: from === to ? String(from) : `${from}–${to}`, count,
        title: `${from === to ? from : `${from} to ${to}`} back: ${QK.plural(count, "place")}, ${QK.percent(share)}`,
    })),
  });

  /** What the model loses without the pair; of pairs that were not removed, how to. */
  function removal({ removal: found, query, key }) {
    const collection = QK.result("collection");
    if (!found) {
      return collection && QK.section("Without it",
        "only the first pairs of a report are removed from the running model; for this one, in a terminal:",
        QK.el("code", { class: "command" },
          `qklens interventions run --map ${collection.map} --pair ${query}:${key} --corpus ${QK.quoted(collection.corpus)} --control 10`));
    }
    return QK.section("Without it", `removed from all heads of the running model, over ${QK.plural(found.tokens, "token")}`, QK.facts([
      ["loss", found.CE_changed !== undefined && QK.signed(found.CE_changed - found.CE), "change of the mean next-token loss, in nats"],
      ["KL of predictions", QK.number(found.KL_logits), "KL(model ‖ changed), nats per token"],
      ["loss before", found.CE !== undefined && QK.number(found.CE, 4), "nats per token"],
    ]));
  }

  /** The page of a pair. */
  QK.showPair = (found) => {
    const { query, key, places } = found, layer = QK.result("map").layer;
    return [
      QK.el("h2", { tabindex: -1 }, QK.featureLink("query", query), " × ", QK.featureLink("key", key)),
      QK.facts([
        ["acts in", places && QK.plural(places.places, "place"), "(destination, source) places of the text that was read"],
        ["source is BOS", places && QK.percent(places.share_at_BOS)],
          ["expected contribution", QK.number(found.contribution), "summed over heads"],
        ["heads", found.entries.length],
      ]),
      QK.el("div", { class: "columns" },
        QK.el("div", {}, placesSection(found, layer), QK.section("Heads", null, headTable(found, layer))),
        QK.el("aside", {},
          distances(found), removal(found),
          places?.destination_tokens.length > 0 && QK.section("Looks from", null,
            QK.tokenTable("Destination tokens", places.destination_tokens, "--query")),
          places?.source_tokens.length > 0 && QK.section("Looks at", null,
            QK.tokenTable("Source tokens", places.source_tokens, "--key")))),
    ];
  };
})();
