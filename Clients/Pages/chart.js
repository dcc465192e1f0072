// Bars within text, and lines over steps: SVG, coloured by page.css.
"use strict";

(() => {
  const WIDTH = 420, HEIGHT = 170, LEFT = 52, RIGHT = 10, TOP = 8, BOTTOM = 24;

  /** A bar of a share of its cell's width; a negative one in the colour of losses. */
  QK.bar = (share, color = "--accent") => QK.el("span", { class: "bar", "aria-hidden": "true" },
    QK.el("span",
      { style: { width: `${100 * Math.min(1, Math.abs(share))}%`, background: `var(${share < 0 ? "--negative" : color})` } }));

  /** Shares side by side in one bar: [share, colour, title] each. */
  QK.stack = (label, parts) => {
    const all = parts.reduce((sum, [share]) => sum + Math.abs(share), 0) || 1;
    const piece = ([share, color, title]) => QK.el("span", {
      title, style: { width: `${(100 * Math.abs(share)) / all}%`, background: color },
    });
    return QK.el("div", { class: "stack", role: "img", "aria-label": label }, parts.filter(([share]) => share).map(piece));
  };

  /** Round numbers between two bounds. */
  QK.ticks = (low, high, most = 5) => {
    const rough = (high - low) / most || 1;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((factor) => factor * power).find((each) => each >= rough);
    const found = [];
    for (let tick = Math.ceil(low / step - 1e-9) * step; tick <= high + step * 1e-9; tick += step) {
      found.push(Math.abs(tick) < step / 1e6 ? 0 : tick);
    }
    return found;
  };

  /** Round numbers of a logarithmic axis, between two powers of ten: these, with multiples where they are few. */
  function powers(low, high) {
    const within = (factors) => {
      const found = [];
      for (let power = Math.floor(low); power <= high; power++) {
        for (const factor of factors) {
          const place = Math.log10(factor) + power;
          if (place >= low && place <= high) found.push(factor * 10 ** power);
        }
      }
      return found;
    };
    const few = [[1], [1, 3], [1, 2, 5], [1, 1.5, 2, 3, 5, 7]].map(within).find((found) => found.length >= 3)
      ?? within([1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9]);
    const step = Math.ceil(few.length / 6);
    return few.filter((_, place) => place % step === 0);
  }

  const bounds = (values) => {
    let [low, high] = [Math.min(...values), Math.max(...values)];
    if (low === high) [low, high] = [low - (Math.abs(low) || 1) * 0.1, high + (Math.abs(high) || 1) * 0.1];
    return [low, high];
  };

  /** Series over steps: {title, series: [{name, color, isDashed?, points}], isLog, note, format}; pointer and ← → read them. */
  QK.lines = ({ title, series, isLog, note, format = QK.number }) => {
    const drawn = series.map((each) => ({ ...each,
      points: each.points.filter(([, y]) => Number.isFinite(y) && (!isLog || y > 0)) }))
      .filter((each) => each.points.length);
    if (!drawn.length) return null;
    const scale = (y) => isLog ? Math.log10(y) : y;
    const [left, right] = bounds(drawn.flatMap(({ points }) => points.map(([x]) => x)));
    const [low, high] = bounds(drawn.flatMap(({ points }) => points.map(([, y]) => scale(y))));
    const x = (value) => LEFT + ((value - left) / (right - left)) * (WIDTH - LEFT - RIGHT);
    const y = (value) => TOP + (1 - (scale(value) - low) / (high - low)) * (HEIGHT - TOP - BOTTOM);
    const ticks = isLog ? powers(low, high) : QK.ticks(low, high);
    const svg = QK.svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "chart", tabindex: 0, role: "img",
      "aria-label": described(title, drawn, format) },
      ticks.map((tick) => [
        QK.svg("line", { class: "grid", x1: LEFT, x2: WIDTH - RIGHT, y1: y(tick), y2: y(tick) }),
        QK.svg("text", { x: LEFT - 6, y: y(tick) + 3.5, "text-anchor": "end" },
          format === QK.percent ? `${QK.plain(100 * tick)} %` : QK.plain(tick)),
      ]),
      QK.ticks(left, right).map((tick) => QK.svg("text", { x: x(tick), y: HEIGHT - 6, "text-anchor": "middle" }, QK.plain(tick))),
      drawn.map(({ color, points, isDashed }) => points.length === 1
        ? QK.svg("circle", { cx: x(points[0][0]), cy: y(points[0][1]), r: 2.5, style: { fill: color } })
        : QK.svg("path", { class: isDashed ? "line dashed" : "line",
          d: `M${points.map(([px, py]) => `${x(px).toFixed(1)} ${y(py).toFixed(1)}`).join("L")}`, style: { stroke: color } })));
    const figure = QK.el("figure", { class: "lines" },
      QK.el("figcaption", {}, title, isLog && QK.el("small", {}, " log"), note && QK.el("small", {}, ` ${note}`)), svg);
    readable(svg, drawn, { x, y, format });
    return figure;
  };

  const described = (title, series, format) => `${title}: ${series.map(({ name, points }) =>
    `${name} from ${format(points[0][1])} to ${format(points.at(-1)[1])}`).join(", ")}`;

  /** A line across all series at one step, by pointer or keys. */
  function readable(svg, series, { x, y, format }) {
    const rule = QK.svg("line", { class: "rule", y1: TOP, y2: HEIGHT - BOTTOM, visibility: "hidden" });
    const dots = series.map(({ color }) => QK.svg("circle", { r: 3, visibility: "hidden", style: { fill: color } }));
    svg.append(rule, ...dots);
    const steps = series[0].points.map(([step]) => step);
    let place = -1;
    const nearest = (points, step) => points.reduce((best, point) => Math.abs(point[0] - step) < Math.abs(best[0] - step)
      ? point : best);
    const show = (event, at) => {
      place = Math.max(0, Math.min(steps.length - 1, at));
      const found = series.map(({ points }) => nearest(points, steps[place]));
      for (const name of ["x1", "x2"]) rule.setAttribute(name, x(steps[place]));
      rule.setAttribute("visibility", "visible");
      dots.forEach((dot, each) => {
        dot.setAttribute("cx", x(found[each][0]));
        dot.setAttribute("cy", y(found[each][1]));
        dot.setAttribute("visibility", "visible");
      });
      QK.tip(event, QK.el("b", {}, `step ${QK.number(steps[place])}`), series.map(({ name, color }, each) =>
        QK.el("div", {}, QK.el("span", { class: "dot", style: { background: color } }), `${name} `,
          QK.el("b", {}, format(found[each][1])))));
    };
    const hide = () => {
      [rule, ...dots].forEach((mark) => mark.setAttribute("visibility", "hidden"));
      QK.tip();
    };
    svg.addEventListener("pointermove", (event) => {
      const box = svg.getBoundingClientRect();
      const wanted = ((event.clientX - box.left) / box.width) * WIDTH;
      const isNearer = (step, other) => Math.abs(x(step) - wanted) < Math.abs(x(other) - wanted);
      const at = steps.reduce((best, step, each) => isNearer(step, steps[best]) ? each : best, 0);
      show(event, at);
    });
    svg.addEventListener("keydown", (event) => {
      const way = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!way) return;
      event.preventDefault();
      event.stopPropagation();
      const box = svg.getBoundingClientRect();
      show({ clientX: box.left + (x(steps[Math.max(0, place)]) / WIDTH) * box.width, clientY: box.top + 20 }, place + way);
    });
    svg.addEventListener("pointerleave", hide);
    svg.addEventListener("blur", hide);
  }
})();
