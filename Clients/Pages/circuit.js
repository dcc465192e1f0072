// A circuit: tokens across, layers upwards; under the pointer what a node reads and who reads it; a click keeps it.
"use strict";

(() => {
  // Pixels: of a lane's height, of a node beside another, of an empty column, of the margins, of a mark, of the whole width at least.
  const LANE = 52, SLOT = 20, NARROW = 26, LEFT = 92, TOP = 16, RADIUS = 6.5, LABELS = 106, LEAST_WIDTH = 900;

  /** Where everything stands: rows are lanes of layers from below, columns tokens as wide as what stands in them. */
  function layout({ nodes, tokens }) {
    const lane = (node) => 3 * node.layer + node.lane;
    const lanes = [...new Set(nodes.map(lane))].sort((a, b) => b - a);
    const cells = new Map();
    for (const node of nodes) {
      const name = `${lane(node)},${node.position}`;
      cells.set(name, [...(cells.get(name) ?? []), node]);
    }
    const count = Math.max(tokens.length, ...nodes.map(({ position }) => position + 1));
    const tight = Array.from({ length: count },
      (_, position) => Math.max(NARROW, ...lanes.map((each) => SLOT * (cells.get(`${each},${position}`)?.length ?? 0) + 8)));
    const spare = Math.max(0, LEAST_WIDTH - LEFT - tight.reduce((sum, width) => sum + width, 0)) / count;
    const widths = tight.map((width) => width + spare);
    const starts = widths.reduce((sums, width) => [...sums, sums.at(-1) + width], [LEFT]);
    const places = new Map();
    for (const [name, members] of cells) {
      const [row, position] = name.split(",").map(Number);
      members.forEach((node, slot) => places.set(node.id, {
        x: starts[position] + widths[position] / 2 + (slot - (members.length - 1) / 2) * SLOT,
          y: TOP + lanes.indexOf(row) * LANE + LANE / 2,
      }));
    }
    const rows = lanes.map((each, place) => ({ y: TOP + place * LANE + LANE / 2,
      name: laneName(nodes.find((node) => lane(node) === each)) }));
    return { places, rows, columns: widths.map((width, position) => ({ x: starts[position] + width / 2, width })),
      width: starts.at(-1) + 20, height: TOP + lanes.length * LANE };
  }

  function laneName({ kind, layer, said }) {
    if (kind === "logits") return "logits";
    if (layer < 0) return "embeddings";
    if (kind === "mlp") return `MLP ${layer}`;
    if (said === "residual feature") return `stream ${layer}`;
    return ["look", "head", "bias"].includes(kind) || said === "attention feature" ? `heads ${layer}` : `layer ${layer}`;
  }

  /** The mark of a kind, around the origin. */
  function mark(kind) {
    const r = RADIUS;
    if (kind === "mlp") return QK.svg("rect", { x: -r + 0.5, y: -r + 0.5, width: 2 * r - 1, height: 2 * r - 1, rx: 1.5 });
    if (kind === "embedding" || kind === "position") return QK.svg("path",
      { class: kind === "position" ? "hollow" : undefined, d: `M0 ${-r}L${r} ${r - 1}L${-r} ${r - 1}Z` });
    if (kind === "bias" || kind === "error") return QK.svg("path", { d: `M0 ${-r}L${r} 0L0 ${r}L${-r} 0Z` });
    if (kind === "logits") return QK.svg("rect", { x: -r - 2, y: -r, width: 2 * r + 4, height: 2 * r, rx: r });
    return QK.svg("circle", { r, class: kind === "head" ? "hollow" : undefined });
  }

  const curve = (from, to) => {
    const rise = Math.abs(from.y - to.y), bend = Math.max(14, rise * 0.45);
    // Straight up a column other nodes would be in the way.
    if (Math.abs(from.x - to.x) < 1 && rise > LANE) {
      const aside = from.x + 12 + rise / 7;
      return `M${from.x} ${from.y}C${aside} ${from.y - bend} ${aside} ${to.y + bend} ${to.x} ${to.y}`;
    }
    return from.y === to.y ? `M${from.x} ${from.y}Q${(from.x + to.x) / 2} ${from.y - 30} ${to.x} ${to.y}`
      : `M${from.x} ${from.y}C${from.x} ${from.y - bend} ${to.x} ${to.y + bend} ${to.x} ${to.y}`;
  };

  QK.circuit = (main) => {
    const graph = QK.graph(), { nodes, links, tokens } = graph;
    const place = layout(graph), pinned = new Set();
    const most = Math.max(...links.map(({ weight }) => Math.abs(weight)), 1e-12);
    let current = [...graph.roots][0] ?? nodes[0]?.id, passing, least = 0;

    const lines = links.map((link) => QK.svg("path", {
      class: link.weight < 0 ? "link negative" : "link", d: curve(place.places.get(link.from), place.places.get(link.to)),
        style: { "stroke-width": (0.7 + (4.3 * Math.abs(link.weight)) / most).toFixed(2) },
    }));
    const marks = nodes.map((node) => QK.svg("g", {
      class: `node ${node.kind}`, transform: `translate(${place.places.get(node.id).x} ${place.places.get(node.id).y})`,
        tabindex: 0, role: "button", "data-node": node.id,
      "aria-label": `${node.label} at token ${node.position} ${QK.pieceText(tokens[node.position] ?? "")}`,
        style: { color: node.hue ?? "var(--accent)" },
      onpointerenter: () => pass(node.id), onpointerleave: () => pass(), onfocus: () => pass(node.id), onblur: () => pass(),
        onclick: () => pin(node.id),
    }, QK.svg("circle", { class: "ring", r: RADIUS + 4 }), mark(node.kind)));
    const columns = place.columns.map(({ x }, position) =>
      QK.svg("text", { class: "token", transform: `translate(${x + 4} ${place.height + 10}) rotate(-90)`, "text-anchor": "end",
      "data-place": position }, QK.pieceText(tokens[position] ?? "", 11)));
    const svg = QK.svg("svg", { class: "circuit", width: place.width, height: place.height + LABELS,
      viewBox: `0 0 ${place.width} ${place.height + LABELS}`, role: "group",
      "aria-label": `Graph of ${nodes.length} nodes and ${links.length} links` },
      place.rows.map(({ y, name }) => [QK.svg("line", { class: "lane", x1: LEFT, x2: place.width, y1: y, y2: y }),
        QK.svg("text", { x: LEFT - 12, y: y + 4, "text-anchor": "end" }, name)]), lines, marks, columns);
    const panel = QK.el("aside", { class: "look", "aria-live": "polite" });

    const pass = (id) => { passing = id; show(); };
    const pin = (id) => {
      pinned.has(id) ? pinned.delete(id) : pinned.add(id);
      current = id;
      show();
    };
    const isShown = ({ weight }) => Math.abs(weight) >= least * most;

    function show() {
      const id = passing ?? current, node = nodes[id], near = new Set([id]);
      const lit = new Set([...pinned, id]);
      links.forEach((link, each) => {
        const touches = lit.has(link.from) || lit.has(link.to);
        if (touches && isShown(link)) near.add(link.from).add(link.to);
        lines[each].classList.toggle("lit", touches);
        lines[each].classList.toggle("gone", !isShown(link));
      });
      marks.forEach((each, at) => {
        each.classList.toggle("current", at === id);
        each.classList.toggle("pinned", pinned.has(at));
        each.classList.toggle("far", !near.has(at) && !pinned.has(at));
        each.setAttribute("aria-pressed", String(pinned.has(at)));
      });
      columns.forEach((column, position) => column.classList.toggle("on",
        position === node?.position || position === node?.source));
      panel.replaceChildren(...(node ? details(node) : []).flat(Infinity).filter(Boolean));
    }

    const list = (name, title, found, end) =>
      QK.section(`${name} (${found.length})`, null, found.length === 0 ? QK.el("p", { class: "note" }, title) : QK.table(name, [
      { name: "node", cell: (link) => QK.el("button", { class: "plain", onclick: () => { pin(link[end]); } },
        QK.el("span", { class: "dot", style: { background: nodes[link[end]].hue ?? "var(--accent)" } }),
        QK.plainText(nodes[link[end]].label, 60)) },
      { name: "at", cell: (link) => QK.token(tokens[nodes[link[end]].position] ?? "", { class: "chip" }, 12) },
      found.some(({ side }) => side) && { name: "for", cell: ({ side }) => side ?? "" },
      { name: "", cell: ({ weight }) => QK.bar(weight / most, "--positive") },
      { name: "weight", number: true, cell: ({ weight }) => QK.signed(weight) },
      found.some(({ share }) => share !== undefined) && { name: "share", number: true, cell: ({ share }) => QK.percent(share, 2) },
    ].filter(Boolean), found));

    function details(node) {
      const strongest = (a, b) => Math.abs(b.weight) - Math.abs(a.weight);
      const chips = [...pinned].map((id) => QK.el("button", { class: "pin", title: "let go", onclick: () => pin(id) },
        QK.plainText(nodes[id].label, 24), " ×"));
      return [
        chips.length > 0 && QK.el("p", { class: "pins" }, chips),
        QK.el("h2", {}, QK.el("span", { style: { color: node.hue ?? "inherit" } }, QK.plainText(node.label, 80)), " ",
          QK.token(tokens[node.position] ?? "", { class: "mark destination" }),
          node.source !== undefined && [QK.el("span", { class: "arrow" }, " → "),
            QK.token(tokens[node.source] ?? "", { class: "mark source" })]),
        QK.facts([["kind", node.said], node.role && ["token", node.role], ...node.facts]),
        list("Reads from", "Nothing was traced further from here.",
          links.filter(({ to }) => to === node.id).sort(strongest), "from"),
        list("Read by", graph.roots.has(node.id) ? "The trace begins here." : "Nothing here reads it.",
          links.filter(({ from }) => from === node.id).sort(strongest), "to"),
      ];
    }

    const threshold = QK.el("input", { type: "range", min: 0, max: 100, value: 0,
      "aria-label": "Least weight of a link that is drawn", oninput: () => {
      least = (threshold.value / 100) ** 2;
      said.textContent = least ? `links of at least ${QK.percent(least, 2)} of the strongest` : "all links";
      show();
    } });
    const said = QK.el("output", {}, "all links");
    main.classList.add("graph");
    main.replaceChildren(QK.el("div", { class: "drawing" },
      QK.el("div", { class: "tools" }, QK.el("label", { class: "note" }, threshold, " ", said), legend(nodes, links),
      QK.el("span", { class: "note" },
        `${QK.plural(nodes.length, "node")}, ${QK.plural(links.length, "link")}${graph.isTruncated ? ", cut short" : ""}`)),
        QK.el("div", { class: "scroll" }, svg)), panel);
    show();
    bindKeys({ nodes, place, marks, current: () => passing ?? current, focus: (id) => { current = id; marks[id].focus(); }, pin,
      release: () => { pinned.clear(); passing = undefined; show(); } });
  };

  const NAMES = { look: "look", head: "head", mlp: "MLP", bias: "bias", embedding: "embedding", position: "position",
    logits: "logits", feature: "feature", error: "error" };
  const legend = (nodes, links) => QK.el("p", { class: "legend" },
    [...new Set(nodes.map(({ kind }) => kind))].map((kind) => QK.el("span", {},
    QK.svg("svg", { width: 20, height: 16, viewBox: "-10 -8 20 16", class: "circuit key", "aria-hidden": "true" },
      QK.svg("g", { class: `node ${kind}` }, mark(kind))), NAMES[kind])),
  links.some(({ weight }) => weight < 0) && QK.el("span", {},
    QK.el("span", { class: "dot", style: { background: "var(--negative)" } }), "takes away"));

  /** Arrows go to the nearest node that way. */
  function bindKeys({ nodes, place, marks, current, focus, pin, release }) {
    const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    QK.bind(Object.keys(ways), "another node", (key) => {
      const [across, down] = ways[key], at = place.places.get(current());
      // A step sideways along a lane counts less than one across lanes, and the other way round.
      const far = ({ x, y }) => {
        const ahead = (x - at.x) * across + (y - at.y) * down;
        return ahead < 1 ? Infinity : ahead + 3 * Math.abs((x - at.x) * down + (y - at.y) * across);
      };
      const best = nodes.map(({ id }) => [far(place.places.get(id)), id]).sort(([a], [b]) => a - b)[0];
      if (best && best[0] < Infinity) focus(best[1]);
    });
    QK.bind(["Enter", " "], "keep, or let go", () => { if (marks.length) pin(current()); });
    QK.bind(["Escape"], "let all go", release);
  }
})();
