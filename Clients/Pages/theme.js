// Light, dark and print: the page's colours are said in page.css, and read from there by what is drawn on a canvas.
"use strict";

(() => {
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const redraws = new Set();
  const probe = QK.el("span", { hidden: true });
  const pixel = Object.assign(document.createElement("canvas"), { width: 1, height: 1 })
    .getContext("2d", { willReadFrequently: true });
  let chosen = "";
  document.body.append(probe);

  QK.isDark = () => (chosen || (system.matches ? "dark" : "light")) === "dark";

  /** A colour of page.css by its custom property's name, or any CSS colour, as it is now. */
  QK.color = (name) => {
    probe.style.color = "";
    probe.style.color = name.startsWith("--") ? `var(${name})` : name;
    return getComputedStyle(probe).color;
  };

  /** The same as [red, green, blue]. */
  QK.rgb = (name) => {
    pixel.clearRect(0, 0, 1, 1);
    pixel.fillStyle = QK.color(name);
    pixel.fillRect(0, 0, 1, 1);
    return [...pixel.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };

  /** The hue of a head, light or dark by itself: neighbours are far apart, all are equally strong. */
  QK.hue = (head) => {
    const angle = Math.round((252 + head * 137.5) % 360);
    return `light-dark(oklch(0.52 0.14 ${angle}), oklch(0.78 0.12 ${angle}))`;
  };

  /** Has a canvas drawn now, and again whenever the colours change. */
  QK.drawn = (draw) => {
    redraws.add(draw);
    draw();
  };

  const redraw = () => redraws.forEach((draw) => draw());
  const set = (scheme) => {
    root.style.colorScheme = scheme;
    root.dataset.theme = scheme || (system.matches ? "dark" : "light");
    redraw();
  };

  QK.toggleTheme = () => {
    chosen = QK.isDark() ? "light" : "dark";
    set(chosen);
  };
  system.addEventListener("change", () => set(chosen));
  // Paper is light.
  let before = "";
  addEventListener("beforeprint", () => { before = chosen; chosen = "light"; set(chosen); });
  addEventListener("afterprint", () => { chosen = before; set(chosen); });
  set("");
})();
