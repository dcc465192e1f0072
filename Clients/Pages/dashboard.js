// Features and pairs: a list at the side, one of them large; every mention of another leads to it.
"use strict";

(() => {
  /** What the list holds: {name, label, search, weight, detail}. */
  function items(kind) {
    if (kind === "pairs") {
      const all = [...QK.pairs().values()];
      const most = Math.max(...all.map((each) => each.contribution), 1e-12);
      return all.map((each) => ({
        name: each.name, link: QK.pairLink(each.query, each.key), weight: each.contribution / most, color: "--accent",
        search: `q${each.query} k${each.key} q${each.query}×k${each.key} ${firing("query", each.query)} ${firing("key", each.key)}`,
        detail: [chips("query", each.query, 1), " → ", chips("key", each.key, 1)],
        title: `expected contribution ${QK.number(each.contribution)}`,
      }));
    }
    return [...QK.features().values()].map((each) => ({
      name: each.name, link: QK.featureLink(each.side, each.feature), weight: each.density, color: QK.sideColor(each.side),
      search: `${each.side[0]}${each.feature} ${each.side} ${firing(each.side, each.feature)}`,
        detail: chips(each.side, each.feature, 3),
      title: `active on ${QK.percent(each.density)} of the tokens`,
    }));
  }

  const firing = (side, feature) => (QK.features().get(QK.featureName(side, feature))?.top_tokens ?? [])
    .map(({ piece }) => piece.trim().slice(0, 40)).join(" ");
  const chips = (side, feature, count) => (QK.features().get(QK.featureName(side, feature))?.top_tokens ?? []).slice(0, count)
    .map(({ piece }) => QK.token(piece, { class: `chip ${side}` }, 9));

  const ORDERS = {
    features: [["rank", "by rank", null], ["density", "by density", (a, b) => b.weight - a.weight],
      ["number", "by number", (a, b) => a.name.localeCompare(b.name, "en", { numeric: true })]],
    pairs: [["rank", "by rank", null], ["weight", "by contribution", (a, b) => b.weight - a.weight],
      ["number", "by number", (a, b) => a.name.localeCompare(b.name, "en", { numeric: true })]],
  };

  QK.dashboard = (main) => {
    const lists = { features: items("features"), pairs: items("pairs") };
    const page = QK.el("article", { id: "page", "aria-live": "off" });
    const list = QK.el("ol", { class: "list" });
    const filter = QK.el("input", { type: "search", placeholder: "Filter: a token, q12, k7", "aria-label": "Filter the list",
      oninput: () => arrange() });
    const order = QK.el("select", { "aria-label": "Order of the list", onchange: () => arrange() });
    const count = QK.el("output", { class: "note" });
    let kind, shown = [], current;

    const rows = Object.fromEntries(Object.entries(lists).map(([name, all]) => [name, all.map((item) => {
      const row = QK.el("li", { "data-name": item.name, title: item.title, onclick: () => go(item.name) }, item.link,
        QK.el("span", { class: "detail" }, item.detail), QK.bar(item.weight, item.color));
      item.link.removeAttribute("title");
      return { ...item, row, text: item.search.toLowerCase() };
    })]));

    function arrange() {
      const wanted = filter.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
      const compare = ORDERS[kind].find(([name]) => name === order.value)?.[2];
      shown = rows[kind].filter(({ text }) => wanted.every((word) => text.includes(word)));
      if (compare) shown.sort(compare);
      list.replaceChildren(...shown.map(({ row }) => row));
      count.textContent = shown.length === rows[kind].length ? QK.plural(shown.length, kind.slice(0, -1))
        : `${shown.length} of ${rows[kind].length} ${kind}`;
      mark();
    }

    const mark = () => rows[kind].forEach(({ name, row }) => {
      const isCurrent = name === current;
      row.classList.toggle("current", isCurrent);
      isCurrent ? row.setAttribute("aria-current", "true") : row.removeAttribute("aria-current");
      if (isCurrent && row.isConnected) row.scrollIntoView({ block: "nearest" });
    });

    function setKind(next) {
      if (kind === next) return;
      kind = next;
      kinds.show(kind);
      order.replaceChildren(...ORDERS[kind].map(([value, text]) => QK.el("option", { value }, text)));
      filter.value = "";
      arrange();
    }

    function go(name, isBack = false) {
      const found = QK.features().get(name) ?? QK.pairs().get(name);
      if (!found) return;
      const isNew = current !== undefined && current !== name;
      current = name;
      setKind(name.startsWith("pair-") ? "pairs" : "features");
      mark();
      QK.tip();
      page.replaceChildren(...(name.startsWith("pair-") ? QK.showPair(found) : QK.showFeature(found)).filter(Boolean));
      document.title = `${page.querySelector("h2").textContent.trim()} · ${QK.report.title}`;
      // In a notebook's frame the page has no address of its own.
      if (!isBack && location.protocol !== "about:") history[isNew ? "pushState" : "replaceState"](null, "", `#${name}`);
      if (isNew) scrollTo({ top: 0 });
    }

    const kinds = QK.choice("What is listed",
      ["features", "pairs"].filter((name) => lists[name].length).map((name) => [name, name]), null, (next) => {
      setKind(next);
      if (shown.length) go(shown[0].name);
    });
    const step = (way) => {
      const at = shown.findIndex(({ name }) => name === current);
      const next = shown[Math.max(0, Math.min(shown.length - 1, at + way))];
      if (next) go(next.name);
    };

    main.classList.add("dashboard");
    main.replaceChildren(QK.el("nav", { "aria-label": "Features and pairs" }, QK.el("div", { class: "tools" }, kinds, order),
      filter, count, list), page);
    main.addEventListener("click", (event) => {
      const link = event.target.closest("a[data-to]");
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      event.stopPropagation();
      go(link.dataset.to);
    }, true);
    addEventListener("popstate", () => go(location.hash.slice(1), true));
    QK.bind(["j", "ArrowDown"], "next", () => step(1));
    QK.bind(["k", "ArrowUp"], "previous", () => step(-1));
    QK.bind(["/"], "filter", () => filter.focus());
    QK.bind(["f"], "features",
      () => { if (kind !== "features" && lists.features.length) { setKind("features"); go(shown[0].name); } });
    QK.bind(["p"], "pairs", () => { if (kind !== "pairs" && lists.pairs.length) { setKind("pairs"); go(shown[0].name); } });

    const first = (lists[QK.report.kind][0] ?? lists.features[0] ?? lists.pairs[0])?.name;
    if (!first) return page.append(QK.el("p", { class: "note" }, `${QK.result("map").map} keeps no pair.`));
    go(QK.features().has(location.hash.slice(1)) || QK.pairs().has(location.hash.slice(1)) ? location.hash.slice(1) : first);
  };
})();
