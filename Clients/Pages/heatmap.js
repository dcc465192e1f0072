// A pattern as a matrix: a row is where a token looks from, a column where it looks to; the stronger the colour, the more.
"use strict";

(() => {
  // Weak looks are what one searches for: the colour's strength is a power of the share below 1.
  const GAMMA = 0.7, GAMMA_OF_THUMBNAILS = 0.5;
  // Pixels: of the whole matrix at most, of a cell at most, of the least cell with a gap and with a label, of the labels.
  const SIDE = 600, LARGEST = 34, WITH_GAP = 6, WITH_LABEL = 8, LABELS = 124;
  // Thumbnails of more tokens are smoothed: their cells are smaller than pixels.
  const FINE = 40;

  const at = (values, destination, source) => values[(destination * (destination + 1)) / 2 + source];
  QK.cell = at;

  /** The colour of a value as [red, green, blue, strength of 0 to 1]; of a difference by its sign and its share of the scale. */
  const paint = (isDifference, hue, scale, gamma = GAMMA) => {
    const colors = isDifference ? [QK.rgb("--negative"), QK.rgb("--positive")] : [QK.rgb(hue), QK.rgb(hue)];
    return (value) => [...colors[value < 0 ? 0 : 1], Math.min(1, Math.abs(value) / scale) ** gamma];
  };

  /** The largest magnitude, for the scale of differences. */
  QK.scaleOf = (values) => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;

  /** Draws a pattern in a canvas of one pixel per cell, which the browser enlarges. */
  QK.thumbnail = (canvas, values, count, hue, isDifference = false) => {
    Object.assign(canvas, { width: count, height: count });
    const context = canvas.getContext("2d"), image = context.createImageData(count, count);
    const color = paint(isDifference, hue, isDifference ? QK.scaleOf(values) : 1, GAMMA_OF_THUMBNAILS);
    canvas.classList.toggle("fine", count > FINE);
    for (let destination = 0; destination < count; destination++) {
      for (let source = 0; source <= destination; source++) {
        const [red, green, blue, strength] = color(at(values, destination, source));
        image.data.set([red, green, blue, Math.round(255 * strength)], 4 * (destination * count + source));
      }
    }
    context.putImageData(image, 0, 0);
  };

  /** The large one. `hover` and `lock` are called with {destination, source}, `hover` with nothing when the pointer leaves. */
  QK.HeatMap = class {
    constructor(pieces, { hover, lock }) {
      this.pieces = pieces;
      this.count = pieces.length;
      this.side = Math.max(2, Math.min(LARGEST, Math.floor(SIDE / this.count)));
      this.canvas = QK.el("canvas", { tabindex: 0, role: "application", "aria-roledescription": "attention pattern" });
      const label = (place, side) => QK.token(pieces[place], { class: side, "data-place": place }, 14);
      this.rows = pieces.map((_, place) => label(place, "row"));
      this.columns = pieces.map((_, place) => label(place, "column"));
      this.element = QK.el("div", { class: "heatmap", style: { "--side": `${this.side}px`, "--count": this.count } },
        QK.el("div", { class: "columns-of-tokens", "aria-hidden": "true" }, this.columns),
          QK.el("div", { class: "rows-of-tokens", "aria-hidden": "true" }, this.rows), this.canvas);
      this.canvas.addEventListener("pointermove", (event) => hover(this.under(event)));
      this.canvas.addEventListener("pointerleave", () => hover());
      this.canvas.addEventListener("click", (event) => { const cell = this.under(event); if (cell) lock(cell); });
    }

    /** Leaves the labels out where they could not be read. */
    fit() {
      const room = this.element.parentElement?.clientWidth ?? 0;
      this.element.classList.toggle("unlabelled", room > 0 && Math.min(this.side, (room - LABELS) / this.count) < WITH_LABEL);
    }

    /** The cell under the pointer, if it is one of the triangle. */
    under(event) {
      const box = this.canvas.getBoundingClientRect();
      const source = Math.floor(((event.clientX - box.left) / box.width) * this.count);
      const destination = Math.floor(((event.clientY - box.top) / box.height) * this.count);
      return source >= 0 && destination < this.count && source <= destination ? { destination, source } : undefined;
    }

    /** Shows values, with a cell marked; `isLocked` tells a mark that stays from one under the pointer. */
    show(values, hue, { isDifference, marked, isLocked, label }) {
      this.fit();
      const { canvas, side, count } = this, ratio = devicePixelRatio || 1, size = side * count;
      Object.assign(canvas, { width: size * ratio, height: size * ratio });
      const context = canvas.getContext("2d"), gap = side >= WITH_GAP ? 1 : 0;
      context.scale(ratio, ratio);
      const color = paint(isDifference, hue, isDifference ? QK.scaleOf(values) : 1);
      const ground = QK.color("--surface");
      for (let destination = 0; destination < count; destination++) {
        for (let source = 0; source <= destination; source++) {
          const box = [source * side, destination * side, side - gap, side - gap];
          const [red, green, blue, strength] = color(at(values, destination, source));
          context.fillStyle = ground;
          context.fillRect(...box);
          context.fillStyle = `rgb(${red} ${green} ${blue} / ${strength})`;
          context.fillRect(...box);
        }
      }
      if (marked) this.mark(context, marked, isLocked);
      canvas.setAttribute("aria-label", label);
      this.rows.forEach((row, place) => row.classList.toggle("on", place === marked?.destination));
      this.columns.forEach((column, place) => column.classList.toggle("on", place === marked?.source));
    }

    mark(context, { destination, source }, isLocked) {
      const { side, count } = this;
      context.fillStyle = QK.color("--crosshair");
      context.fillRect(0, destination * side, source * side, side - 1);
      context.fillRect(source * side, (destination + 1) * side, side - 1, (count - destination - 1) * side);
      context.strokeStyle = QK.color("--ink");
      context.lineWidth = isLocked ? 2 : 1;
      context.strokeRect(source * side - 0.5, destination * side - 0.5, side, side);
    }
  };
})();
