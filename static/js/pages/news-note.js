/** One line of news: what, in bold, and more; a way to go on, and one to put it away. */

import { element, icon, setShown, setText } from "../ui.js";

export class NewsNote {
  constructor() {
    this.sign = element("span", { class: "note-sign" });
    this.strong = element("strong");
    this.text = element("span");
    this.link = element("a", { class: "button" });
    this.close = element("button", { type: "button", class: "button button-bare button-icon", "aria-label": "Dismiss" },
      icon("close"));
    this.close.addEventListener("click", () => this.root.remove());
    const words = element("div", {}, element("p", {}, this.strong, " ", this.text));
    this.root = element("div", { class: "note news" }, this.sign, words, this.link, this.close);
  }

  /** @param {import("../words-outbox.js").Words} words what is said now; it can be put away unless it is under way */
  show({ strong, text, tone, sign, href, label }, canClose = true) {
    if (this.sign.dataset.sign !== sign) this.sign.replaceChildren(icon(sign));
    this.sign.dataset.sign = sign;
    this.root.dataset.tone = tone;
    setText(this.strong, strong);
    setText(this.text, text);
    setShown(this.link, Boolean(href));
    if (href) this.link.href = href;
    setText(this.link, label ?? "");
    setShown(this.close, canClose);
  }
}
