// The attention of a prompt: all heads small, one large, and why it looks where it looks.
"use strict";

(() => {
  const KINDS = [["true", "true"], ["transcoders", "transcoders"], ["masked_map", "masked map"], ["difference", "difference"]];

  /** Every head's patterns by layer and head, and the explanations by head, destination and source. */
  function gathered() {
    const layers = new Map(), looks = new Map();
    for (const { layer, heads } of QK.results("pattern")) {
      layers.set(layer, { heads: new Map(heads.map(({ head, pattern }) => [head, { true: pattern }])) });
    }
    for (const { params, result } of QK.calls("reconstruct")) {
      const layer = Object.assign(layers.get(result.layer), { params, stages: result.stages });
      for (const each of result.patterns) {
        const patterns = Object.assign(layer.heads.get(each.head), { transcoders: each.transcoders },
          each.masked_map && { masked_map: each.masked_map });
        const best = patterns.masked_map ?? patterns.transcoders;
        patterns.difference = best.map((value, place) => value - patterns.true[place]);
      }
    }
    const isOf = (params) => ([, { params: own }]) => own && own.map === params.map && own.dictionary === params.dictionary;
    for (const { params, result } of QK.calls("explain")) {
      const [layer] = [...layers].find(isOf(params));
      looks.set([layer, params.head, params.destination, params.source].join(), result.heads[0]);
    }
    return { layers, looks };
  }

  QK.attention = (main) => {
    const { layers, looks } = gathered();
    const pieces = QK.results("pattern")[0].pieces, count = pieces.length;
    const first = looks.keys().next().value?.split(",").map(Number)
      ?? [[...layers.keys()][0], [...[...layers.values()][0].heads.keys()][0], count - 1, 0];
    // What stays, and what the pointer or a key shows meanwhile.
    const locked = { layer: first[0], head: first[1], kind: "true", cell: { destination: first[2], source: first[3] } };
    let passing = {};

    const panel = QK.el("aside", { class: "look", "aria-live": "polite" });
    const title = QK.el("div", { class: "tools" });
    const kinds = QK.el("div", { class: "kinds" });
    const figures = QK.el("div", {});
    const scale = QK.el("p", { class: "scale" });
    const map = new QK.HeatMap(pieces, { hover: (cell) => preview({ cell }), lock: (cell) => lock({ cell }) });
    const reading = prompt(pieces, {
      hover: (destination) => preview(destination === undefined ? {} : { cell: strongest(destination) }),
      lock: (destination) => lock({ cell: strongest(destination) }),
    });
    const thumbs = gallery(layers, count, { hover: (shown) => preview(shown ?? {}), lock: (shown) => lock(shown) });

    const state = () => ({ ...locked, ...Object.fromEntries(Object.entries(passing).filter(([, value]) => value !== undefined)) });
    const preview = (change) => { passing = change; show(); };
    const lock = (change) => { passing = {}; Object.assign(locked, change); show(); };

    function strongest(destination) {
      const { layer, head } = state(), values = layers.get(layer).heads.get(head).true;
      let source = 0;
      for (let each = 0; each <= destination; each++) {
        if (QK.cell(values, destination, each) > QK.cell(values, destination, source)) source = each;
      }
      return { destination, source };
    }

    function show() {
      const { layer, head, cell, kind: wanted } = state(), patterns = layers.get(layer).heads.get(head);
      const kind = patterns[wanted] ? wanted : "true", isDifference = kind === "difference";
      const { destination, source } = cell;
      const values = Object.fromEntries(Object.entries(patterns).map(([name, all]) => [name, QK.cell(all, destination, source)]));
      const named = (place) => `token ${place} ${QK.pieceText(pieces[place])}`;
      const said = `L${layer}H${head}, ${kind}: ${named(destination)} looks at ${named(source)}, ${QK.number(values[kind])}`;
      map.show(patterns[kind], QK.hue(head), { isDifference, marked: cell, isLocked: passing.cell === undefined, label: said });
      title.replaceChildren(QK.el("h2", { style: { color: QK.hue(head) } }, `L${layer}H${head}`),
        QK.el("span", { class: "note" }, KINDS.find(([name]) => name === kind)[1]));
      showScale(isDifference ? QK.scaleOf(patterns.difference) : 1, isDifference, head);
      reading.show(patterns.true, cell, head);
      thumbs.show(layer, head);
      showKinds(patterns, kind, head);
      figures.replaceChildren(...stageTable(layers.get(layer), head));
      panel.replaceChildren(...QK.showLook({ layer, head, destination, source }, pieces, {
        values, found: looks.get([layer, head, destination, source].join()), params: layers.get(layer).params,
      }).flat(Infinity).filter(Boolean));
    }

    function showScale(most, isDifference, head) {
      const background = `linear-gradient(90deg, ${isDifference ? "var(--negative), var(--surface), var(--positive)"
        : `var(--surface), ${QK.hue(head)}`})`;
      scale.replaceChildren("each row looks at the columns", QK.el("i", {}), isDifference ? `−${most.toFixed(3)}` : "0",
        QK.el("span", { style: { background } }), isDifference ? `+${most.toFixed(3)}` : "1");
    }

    let kindsOf;
    function showKinds(patterns, kind, head) {
      const has = KINDS.filter(([name]) => patterns[name]);
      kinds.hidden = has.length < 2;
      if (kinds.hidden) return;
      if (kindsOf?.patterns !== patterns) {
        const canvases = has.map(([name]) => [name, QK.el("canvas", { "aria-hidden": "true" })]);
        const options = canvases.map(([name, canvas], place) => [name, [canvas, QK.el("b", {}, has[place][1])], `${place + 1}`]);
        kindsOf = { patterns, head, canvases, choice: QK.choice("Which pattern", options, kind, (next) => lock({ kind: next })) };
        kinds.replaceChildren(kindsOf.choice);
        drawKinds();
      }
      kindsOf.choice.show(kind);
    }
    const drawKinds = () => kindsOf?.canvases.forEach(([name, canvas]) =>
      QK.thumbnail(canvas, kindsOf.patterns[name], count, QK.hue(kindsOf.head), name === "difference"));

    main.classList.add("attention");
    main.replaceChildren(reading.element, QK.el("div", { class: "bench" },
      QK.el("div", { class: "heads-of-model" }, thumbs.element, predictions()),
      QK.el("div", { class: "large" }, QK.el("div", { class: "head-of-large" }, title, kinds), map.element, scale,
        figures), panel));
    QK.drawn(show);
    QK.drawn(drawKinds);
    addEventListener("resize", () => map.fit());
    bindKeys({ state, lock, layers, count });
  };

  /** The prompt as a line of text: what the marked token looks at is coloured; a token under the pointer becomes the one that looks. */
  function prompt(pieces, { hover, lock }) {
    const tokens = pieces.map((piece, place) => QK.token(piece, {
      role: "button", tabindex: -1, onpointerenter: () => hover(place), onpointerleave: () => hover(), onclick: () => lock(place),
        "aria-label": `${place} ${QK.pieceText(piece)}`,
    }));
    const element = QK.el("p", { class: "reading", "aria-label": "The prompt" }, tokens);
    const show = (values, { destination, source }, head) => tokens.forEach((token, place) => {
      const share = place <= destination ? QK.cell(values, destination, place) : 0;
      token.style.setProperty("background", `color-mix(in oklab, ${QK.hue(head)} ${Math.round(70 * share ** 0.7)}%, transparent)`);
      token.classList.toggle("is-destination", place === destination);
      token.classList.toggle("is-source", place === source);
      token.classList.toggle("is-later", place > destination);
    });
    return { element, show };
  }

  /** All heads: rows are layers. */
  function gallery(layers, count, { hover, lock }) {
    const heads = [...new Set([...layers.values()].flatMap((layer) => [...layer.heads.keys()]))].sort((a, b) => a - b);
    const buttons = new Map();
    const name = (layer, params) => QK.el("th", {
      scope: "row", title: params && `explained by ${params.map ?? params.dictionary}`, class: params && "explained",
    }, `L${layer}`);
    const rows = [...layers].map(([layer, { heads: own, params }]) => QK.el("tr", {}, name(layer, params),
      heads.map((head) => {
        if (!own.has(head)) return QK.el("td", {});
        const canvas = QK.el("canvas", { "aria-hidden": "true" });
        const button = QK.el("button", {
          "aria-label": `L${layer}H${head}`, title: `L${layer}H${head}`, "aria-pressed": "false",
          onpointerenter: () => hover({ layer, head }), onpointerleave: () => hover(), onclick: () => lock({ layer, head }),
        }, canvas);
        buttons.set(`${layer},${head}`, button);
        QK.drawn(() => QK.thumbnail(canvas, own.get(head).true, count, QK.hue(head)));
        return QK.el("td", {}, button);
      })));
    const element = QK.el("table", { class: "gallery",
      style: { "--thumb": `${Math.max(26, Math.min(64, Math.floor(400 / heads.length)))}px` } },
      QK.el("caption", { class: "heard" }, "All heads: rows are layers"),
      QK.el("thead", {}, QK.el("tr", {}, QK.el("td", {}), heads.map((head) => QK.el("th", { scope: "col" }, `H${head}`)))),
        QK.el("tbody", {}, rows));
    const show = (layer, head) => buttons.forEach((button, name) =>
      button.setAttribute("aria-pressed", String(name === `${layer},${head}`)));
    return { element, show };
  }

  function predictions() {
    const found = QK.result("predict")?.predictions.slice(0, 6);
    if (!found?.length) return null;
    return QK.section("What comes next", null, QK.table("Predictions", [
      { name: "token", cell: ({ piece }) => QK.token(piece, { class: "chip" }, 20) },
      { name: "", cell: ({ probability }) => QK.bar(probability / found[0].probability) },
      { name: "", number: true, cell: ({ probability }) => QK.percent(probability, 2) },
    ], found, { class: "tokens" }));
  }

  const STAGES = { transcoders: "transcoders", map: "all pairs", masked_map: "masked map" };
  function stageTable({ stages }, head) {
    if (!stages) return [];
    const rows = stages.map((stage) => ({ ...stage, own: stage.heads.find((each) => each.head === head) }));
    return [QK.section("How well this head is rebuilt here", null, QK.table("Stages", [
      { name: "from", cell: ({ stage }) => STAGES[stage] ?? stage },
      { name: "KL", number: true, cell: ({ own }) => QK.number(own?.KL),
        title: "KL(pattern ‖ reconstruction), nats per destination" },
      { name: "same strongest", number: true, cell: ({ own }) => QK.percent(own?.same_argmax),
        title: "destinations whose strongest source is the same" },
      { name: "CE recovered", number: true, cell: (row) => row.CE_recovered_is_defined ? QK.percent(row.CE_recovered) : "–",
        title: "of the whole layer: the share of the loss that zeroed patterns cost and these win back" },
    ], rows))];
  }

  function bindKeys({ state, lock, layers, count }) {
    const clamp = (value, low, high) => Math.max(low, Math.min(high, value));
    const move = (down, across) => {
      const { destination, source } = state().cell, next = clamp(destination + down, 0, count - 1);
      lock({ cell: { destination: next, source: clamp(source + across, 0, next) } });
    };
    const turn = (list, value, way) => list[(list.indexOf(value) + way + list.length) % list.length];
    const ways = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
    QK.bind(Object.keys(ways), "another cell", (key) => move(...ways[key]));
    QK.bind(["[", "]"], "previous, next head", (key) => {
      const { layer, head } = state();
      lock({ layer, head: turn([...layers.get(layer).heads.keys()], head, key === "[" ? -1 : 1) });
    });
    QK.bind(["{", "}"], "layer below, above",
      (key) => lock({ head: state().head, layer: turn([...layers.keys()], state().layer, key === "{" ? -1 : 1) }));
    QK.bind(["1", "2", "3", "4"], "true, transcoders, masked map, difference", (key) => {
      const { layer, head } = state(), kind = KINDS[Number(key) - 1][0];
      if (layers.get(layer).heads.get(head)[kind]) lock({ kind });
    });
    QK.bind(["Enter", " "], "keep what is shown", () => lock(state()));
  }
})();
