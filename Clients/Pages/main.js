// The frame of every page: what it is about, what it was made by, and the view of its kind.
"use strict";

(() => {
  const KINDS = { attention: "Attention", features: "Features", pairs: "Pairs", training: "Training", circuit: "Circuit" };
  const views = { attention: "attention", features: "dashboard", pairs: "dashboard", training: "training", circuit: "circuit" };

  const LONG_TITLE = 90;

  function subject() {
    const model = QK.result("model"), map = QK.result("map"), dictionary = QK.result("dictionary"),
      collection = QK.result("collection");
    const isDashboard = QK.report.kind === "features" || QK.report.kind === "pairs";
    return [
      model?.model ?? dictionary?.model, isDashboard && `layer ${map.layer}`, isDashboard && `map ${map.map}`,
      isDashboard && `dictionary ${dictionary.dictionary} (${QK.number(dictionary.d_sae_query)} × ${QK.number(dictionary.d_sae_key)})`,
      QK.report.kind === "attention" && QK.results("map").map(({ map: name, layer }) => `L${layer} explained by ${name}`)
        .join(", "),
      collection && `read on ${QK.plural(collection.tokens, "token")} of ${collection.corpus.split("/").pop()}`,
    ].filter(Boolean);
  }

  document.getElementById("masthead").append(
    QK.el("div", { class: "brand" }, QK.el("b", {}, "QKLens"), " ", QK.el("span", {}, KINDS[QK.report.kind])),
    QK.el("h1", { class: QK.report.title.length > LONG_TITLE && "long" }, QK.plainText(QK.report.title, 300)),
    QK.el("p", { class: "subject" }, subject().map((each) => QK.el("span", {}, each))),
    QK.el("div", { class: "buttons" },
      QK.el("button", { onclick: QK.toggleTheme, title: "light or dark (t)", "aria-label": "Light or dark" }, "◐"),
      QK.el("button", { onclick: QK.showKeys, title: "keys (?)", "aria-label": "Keys" }, "?")));

  const made = QK.report.created;
  document.getElementById("colophon").append(
    QK.el("details", {}, QK.el("summary", {}, "Made by these calls"),
      QK.table("Calls", [
        { name: "method", cell: ([, method]) => QK.el("code", {}, method) },
        { name: "calls", number: true, cell: ([, , , count]) => QK.number(count) },
        { name: "parameters in common", cell: ([, , params]) => QK.el("code", {}, QK.plainText(JSON.stringify(params), 300)) },
      ], QK.sources())),
    QK.el("p", {}, `QKLens ${QK.report.version} · `,
      QK.el("time", { datetime: made.toISOString() }, `${made.toISOString().slice(0, 16).replace("T", " ")} UTC`)));

  QK[views[QK.report.kind]](document.getElementById("main"));
  document.documentElement.dataset.ready = "true";
})();
