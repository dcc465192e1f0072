// Counts by bins, as bars one beside the other.
"use strict";

(() => {
  const WIDTH = 420, HEIGHT = 130, LEFT = 4, RIGHT = 4, TOP = 18, BOTTOM = 20;

  /**
   * A histogram: {title, bins: [{label, count, title?, isMarked?}], color, isLog, every}. `every` labels every so manieth bin; a marked bin
   * is what the page is about. Bars that count something are at least a pixel high.
   */
  QK.histogram = ({ title, bins, color = "--accent", isLog = false, every = 1, note, edges = false }) => {
    const height = (count) => isLog ? Math.log10(1 + count) : count;
    const most = Math.max(...bins.map(({ count }) => height(count)), 1e-12);
    const step = (WIDTH - LEFT - RIGHT) / bins.length, floor = HEIGHT - BOTTOM;
    const gap = Math.min(2, step * 0.15);
    const svg = QK.svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "chart histogram", role: "img",
      "aria-label": `${title}: ${bins.map(({ label, count }) => `${label} ${count}`).join(", ")}` },
      QK.svg("line", { class: "axis", x1: LEFT, x2: WIDTH - RIGHT, y1: floor + 0.5, y2: floor + 0.5 }),
      bins.map(({ label, count, title: said, isMarked }, place) => {
        const tall = count ? Math.max(1, (height(count) / most) * (floor - TOP)) : 0;
        const left = LEFT + place * step;
        const shown = said ?? `${label}: ${QK.number(count)}`;
        return QK.svg("g", { class: isMarked ? "bin marked" : "bin", onpointermove: (event) => QK.tip(event, shown),
          onpointerleave: () => QK.tip() },
          QK.svg("rect", { class: "room", x: left, y: 0, width: step, height: floor }),
          QK.svg("rect", { x: left + gap / 2, y: floor - tall, width: step - gap, height: tall, style: { fill: `var(${color})` } }),
          place % every === 0
            && QK.svg("text", { x: edges ? left : left + step / 2, y: HEIGHT - 6,
            "text-anchor": edges && place === 0 ? "start" : "middle" }, label));
      }));
    return QK.el("figure", { class: "lines" },
      title && QK.el("figcaption", {}, title, note && QK.el("small", {}, ` ${note}`)), svg);
  };

  /** Of `{"1e-1": n, …}`, how many features fire on which share of tokens; `density` marks the bin of one of them. */
  QK.densities = (title, counts, dead, color, density) => {
    const decades = Object.entries(counts).map(([name, count]) => [Number(name.slice(2)), count]).sort(([a], [b]) => a - b);
    const power = density > 0 ? Math.floor(Math.log10(density) + 1e-12) : density === 0 ? NaN : undefined;
    const name = (exponent) => exponent >= -4 ? `${Number((10 ** (exponent + 2)).toPrecision(1))} %`
      : `10⁻${"⁰¹²³⁴⁵⁶⁷⁸⁹"[-exponent]}`;
    const span = (exponent) => exponent === -1 ? "10 % and more of the tokens"
      : `${name(exponent)} to ${name(exponent + 1)} of the tokens`;
    return QK.histogram({
      title, color, bins: [
        { label: "never", count: dead, title: `never: ${QK.plural(dead, "feature")}`, isMarked: Number.isNaN(power) },
        ...decades.map(([exponent, count]) => ({
          label: exponent === -1 ? "≥ 10 %" : exponent >= -3 ? name(exponent) : `10⁻${"⁰¹²³⁴⁵⁶⁷⁸⁹"[-exponent]}`,
          count, title: `${span(exponent)}: ${QK.plural(count, "feature")}`,
            isMarked: power !== undefined && Math.max(power, -8) === exponent,
        })),
      ],
    });
  };
})();
