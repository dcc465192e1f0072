// Elements and numbers. Text enters the page as text nodes only, so that no token can become markup.
"use strict";
const QK = {};

(() => {
  const SVG = "http://www.w3.org/2000/svg";

  /** Fills an element: attributes, `on…` listeners, children that are elements, texts, lists of them, or nothing. */
  function fill(element, attributes, children) {
    for (const [name, value] of Object.entries(attributes ?? {})) {
      if (value === undefined || value === null || value === false) continue;
      if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
      else if (name === "style") for (const [property, setting] of Object.entries(value)) element.style.setProperty(property,
        setting);
      else element.setAttribute(name, value === true ? "" : String(value));
    }
    for (const child of children.flat(Infinity)) {
      if (child === undefined || child === null || child === false) continue;
      element.append(child instanceof Node ? child : String(child));
    }
    return element;
  }

  QK.el = (name, attributes, ...children) => fill(document.createElement(name), attributes, children);
  QK.svg = (name, attributes, ...children) => fill(document.createElementNS(SVG, name), attributes, children);

  /** A number as people read it: three significant digits unless told, a true minus, a comma every three digits. */
  QK.number = (value, digits = 3) => {
    if (value === undefined || value === null || !Number.isFinite(value)) return "–";
    if (Number.isInteger(value)) return value.toLocaleString("en-US").replace("-", "−");
    const size = Math.abs(value);
    const text = size !== 0 && (size < 1e-4 || size >= 1e7)
      ? value.toExponential(digits - 1).replace(/e([+-])(\d+)/,
        (_, sign, power) => ` × 10${sign === "-" ? "⁻" : ""}${raised(power)}`)
      : size >= 1000 ? Math.round(value).toLocaleString("en-US") : value.toPrecision(digits);
    return text.replace("-", "−");
  };
  const raised = (digits) => [...digits].map((digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[digit]).join("");

  /** The same without zeros at its end, for axes. */
  QK.plain = (value, digits = 3) => QK.number(Number.isFinite(value) ? Number(value.toPrecision(digits)) : value, digits)
    .replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "");

  /** With a sign, also where it is +. */
  QK.signed = (value, digits = 3) => (value > 0 ? "+" : "") + QK.number(value, digits);

  /** A share as per cent. */
  QK.percent = (share, digits = 3) => {
    if (share === undefined || share === null || !Number.isFinite(share)) return "–";
    if (share === 0) return "0 %";
    const percent = 100 * share, size = Math.abs(percent);
    if (size < 0.01) return `${share < 0 ? "> −" : "< "}0.01 %`;
    return `${size >= 10 ** (digits - 1) ? Math.round(percent) : percent.toPrecision(digits)} %`.replace("-", "−");
  };

  QK.plural = (count, one, many = `${one}s`) => `${QK.number(count)} ${count === 1 ? one : many}`;

  /** A text as a shell reads it: as it is, or in single quotes. */
  QK.quoted = (text) => /^[\w./@%+=:,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

  /** Facts as a definition list: [name, value, explanation] each; those without a value are left out. */
  QK.facts = (rows) => QK.el("dl", { class: "facts" }, rows.filter((row) => row && row[1] !== undefined && row[1] !== null)
    .map(([name, value, title]) => QK.el("div", { title }, QK.el("dt", {}, name), QK.el("dd", {}, value))));

  /** A table: columns of {name, title, cell(row), number}, a caption for those who hear it; `attributes.row` gives a row's class. */
  QK.table = (caption, columns, rows, attributes = {}) =>
    QK.el("div", { class: "scroll" }, QK.el("table", { ...attributes, row: undefined },
    QK.el("caption", { class: "heard" }, caption),
    QK.el("thead", {}, QK.el("tr", {}, columns.map((column) =>
      QK.el("th", { scope: "col", class: column.number && "number", title: column.title }, column.name)))),
    QK.el("tbody", {}, rows.map((row) => QK.el("tr", { class: attributes.row?.(row) }, columns.map((column) =>
      QK.el("td", { class: column.number && "number" }, column.cell(row))))))));

  /** A section with a heading; what explains the heading stands under it. */
  QK.section = (heading, note, ...children) => QK.el("section", {},
    QK.el("h3", {}, heading), note && QK.el("p", { class: "note" }, note), ...children);

  /** A choice of one of several, as radio buttons that look like tabs; `choose` is called with the one chosen. */
  QK.choice = (label, options, chosen, choose) => {
    const name = `choice-${QK.choice.count = (QK.choice.count ?? 0) + 1}`;
    const inputs = options.map(([value, text, title]) => {
      const input = QK.el("input", { type: "radio", name, value, checked: value === chosen, onchange: () => choose(value) });
      return [input, QK.el("label", { title }, input, QK.el("span", {}, text))];
    });
    const group = QK.el("fieldset", { class: "choice" }, QK.el("legend", { class: "heard" }, label),
      inputs.map(([, shown]) => shown));
    /** Shows another choice without calling `choose`. */
    group.show = (value) => inputs.forEach(([input]) => { input.checked = input.value === String(value); });
    return group;
  };
})();
