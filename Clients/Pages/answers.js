// The report document, unpacked: tables become lists of objects again, indices of pieces their texts, triangles numbers.
"use strict";

(() => {
  const PIECES = new Set(["after", "before", "destination_piece", "piece", "pieces", "source_piece"]);
  const packed = JSON.parse(document.getElementById("report").textContent);

  function unpack(value, name) {
    if (Array.isArray(value)) return value.map((inner) => unpack(inner, name));
    if (typeof value === "number") return PIECES.has(name) ? packed.pieces[value] : value;
    if (value === null || typeof value !== "object") return value;
    if (value.$columns) return value.$rows.map((row) =>
      Object.fromEntries(value.$columns.map((column, place) => [column, unpack(row[place], column)])));
    if (value.u8 !== undefined || value.u16 !== undefined) return triangle(value);
    return Object.fromEntries(Object.entries(value)
      .map(([member, inner]) => [member, member === "params" ? inner : unpack(inner, member)]));
  }

  /** A pattern's lower triangle, row by row: the shares, whose roots travel in 8 or 16 bits. */
  function triangle({ u8, u16 }) {
    const bytes = Uint8Array.from(atob(u8 ?? u16), (character) => character.charCodeAt(0));
    const shares = new Float32Array(u8 === undefined ? bytes.length / 2 : bytes.length);
    const words = new DataView(bytes.buffer);
    for (let place = 0; place < shares.length; place++) {
      const root = u8 === undefined ? words.getUint16(2 * place, true) / 65535 : bytes[place] / 255;
      shares[place] = root * root;
    }
    return shares;
  }

  const unpacked = new Map();

  /** The calls of a name: each with `params`, and a `result` or an `error`; none if the document has no such name. */
  QK.calls = (name) => {
    if (!unpacked.has(name)) {
      const entry = packed.answers[name];
      const calls = entry ? [].concat(unpack(entry.calls)) : [];
      unpacked.set(name, calls.map((call) => ({ ...call, params: { ...entry.params, ...call.params } })));
    }
    return unpacked.get(name);
  };

  /** The results of a name, without the errors. */
  QK.results = (name) => QK.calls(name).filter((call) => call.result !== undefined).map((call) => call.result);

  /** The first result of a name, if there is one. */
  QK.result = (name) => QK.results(name)[0];

  /** What the page was made by: [name, method, common parameters, number of calls]. */
  QK.sources = () => Object.entries(packed.answers)
    .map(([name, { method, params }]) => [name, method, params, QK.calls(name).length]);

  QK.report = { kind: packed.report, title: packed.title, created: new Date(packed.created_ms), version: packed.version };
})();
