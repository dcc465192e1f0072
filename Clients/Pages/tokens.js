// Tokens as the tokenizer's pieces: what cannot be seen is made visible, and nothing in a piece can act on its surroundings.
"use strict";

(() => {
  // Longer pieces are cut, with their length said.
  const LONGEST = 40;
  const GLYPHS = { " ": "·", "\n": "↵", "\r": "␍", "\t": "⇥", "\u00a0": "⍽" };
  // Separators but the space, controls, formats (among them those that turn the direction of writing), unpaired halves, private use.
  const UNSEEN = /[\p{Zl}\p{Zp}\p{Zs}\p{Cc}\p{Cf}\p{Cs}\p{Co}]/u;

  const code = (character) => `⟨${character.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}⟩`;

  /** A piece as parts: [text, whether it stands for something that cannot be seen]. */
  function parts(piece) {
    const found = [];
    for (const character of piece) {
      const isUnseen = UNSEEN.test(character);
      const shown = isUnseen ? GLYPHS[character] ?? code(character) : character;
      const last = found.at(-1);
      if (last && last[1] === isUnseen) last[0] += shown;
      else found.push([shown, isUnseen]);
    }
    return found;
  }

  const cut = (piece, longest) => {
    // A long piece is not walked to its end.
    const characters = [...piece.slice(0, 2 * longest + 2)];
    return characters.length > longest ? [characters.slice(0, longest).join(""), true] : [piece, false];
  };

  /** A text as plain text in which only what has no place in a heading is made visible. */
  QK.plainText = (text, longest) => {
    const [shown, isCut] = cut(text, longest);
    return parts(shown).map(([part, isUnseen]) => isUnseen ? part.replaceAll(GLYPHS[" "], " ") : part)
      .join("") + (isCut ? "…" : "");
  };

  /** A piece as plain text, for titles and labels. */
  QK.pieceText = (piece, longest = LONGEST) => {
    const [shown, isCut] = cut(piece, longest);
    return parts(shown).map(([text]) => text).join("") + (isCut ? "…" : "") || "∅";
  };

  /** A piece as an element; `attributes` may name a class, a style, a title. */
  QK.token = (piece, attributes = {}, longest = LONGEST) => {
    const [shown, isCut] = cut(piece, longest);
    const length = isCut ? `${QK.pieceText(piece, 200)} (${QK.plural(piece.length, "character")})` : undefined;
    return QK.el("bdi", { title: length, ...attributes, class: `token ${attributes.class ?? ""}`.trim() },
      parts(shown).map(([text, isUnseen]) => isUnseen ? QK.el("i", {}, text) : text), isCut && "…",
        piece === "" && QK.el("i", {}, "∅"));
  };

  /** Tokens one after the other, some of them marked: `mark(position)` gives an element's attributes or nothing. */
  QK.context = (pieces, first, mark) => QK.el("span", { class: "context" },
    pieces.map((piece, place) => QK.token(piece, mark?.(first + place) ?? {})));

  /** A background that says how strong something is: a share of 0 to 1 of a colour of page.css. */
  QK.strength = (share,
    color) => ({ background: `color-mix(in oklab, var(${color}) ${Math.round(100 * Math.min(1, Math.max(0, share)))}%, transparent)` });
})();
