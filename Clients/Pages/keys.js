// Keys, the list of them, and the card that follows the pointer.
"use strict";

(() => {
  const bindings = [];
  const dialog = QK.el("dialog", { id: "keys", "aria-label": "Keys" });
  const tip = QK.el("div", { id: "tip", role: "tooltip", hidden: true });
  document.body.append(dialog, tip);

  /** Binds keys, as in ["[", "]"], to an action that gets the key; `what` is said in the list of keys. */
  QK.bind = (keys, what, action) => bindings.push({ keys, what, action });

  const NAMES = { ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", " ": "Space", Escape: "Esc" };

  QK.showKeys = () => {
    if (dialog.open) return dialog.close();
    dialog.replaceChildren(QK.el("h2", {}, "Keys"), QK.el("dl", {}, bindings.map(({ keys, what }) => QK.el("div", {},
      QK.el("dt", {}, keys.map((key) => QK.el("kbd", {}, NAMES[key] ?? key))), QK.el("dd", {}, what)))),
    QK.el("form", { method: "dialog" }, QK.el("button", {}, "Close")));
    dialog.showModal();
  };
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });

  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    // Typing is typing; only Escape leaves a field.
    const isField = event.target.matches?.("input:not([type=radio]), select, textarea");
    if (isField && event.key === "Escape") return event.target.blur();
    if (isField || (dialog.open && event.key !== "?")) return;
    const focused = event.target.closest?.("a, button, summary, input");
    if (focused && (event.key === "Enter" || event.key === " ")) return;
    const binding = bindings.find(({ keys }) => keys.includes(event.key));
    if (!binding) return;
    event.preventDefault();
    binding.action(event.key);
  });

  /** Shows what the pointer is over beside it, or hides it if there is nothing to show. */
  QK.tip = (event, ...content) => {
    tip.hidden = content.length === 0;
    if (tip.hidden) return;
    tip.replaceChildren(...content.flat(Infinity));
    const { width, height } = tip.getBoundingClientRect(), space = 14;
    const left = event.clientX + space + width > innerWidth ? event.clientX - space - width : event.clientX + space;
    const top = event.clientY + space + height > innerHeight ? event.clientY - space - height : event.clientY + space;
    tip.style.left = `${Math.max(4, left)}px`;
    tip.style.top = `${Math.max(4, top)}px`;
  };

  QK.bind(["t"], "light or dark", QK.toggleTheme);
  QK.bind(["?"], "this list", QK.showKeys);
})();
