// The values that a cell can be painted with, as radio buttons; the first paints nothing.

import { byId, el, svgEl } from "./dom.js";

export class Palette {
  #entries = [];
  #byValue = new Map();
  #chosen = "";
  #onChoose;

  constructor(onChoose) {
    this.#onChoose = onChoose;
    byId("palette").addEventListener("change", ({ target }) => {
      this.#chosen = target.value;
      this.#onChoose(this.chosen);
    });
  }

  /** The entry to paint with; null: strokes only move the cursor. */
  get chosen() { return this.#byValue.get(Number(this.#chosen || NaN)) ?? null; }
  get entries() { return this.#entries; }

  entry(value) { return this.#byValue.get(value); }

  /** What a value is called. */
  name(value) {
    const entry = this.entry(value);
    return entry === undefined ? `value ${value}` : entry.name || entry.label || `value ${value}`;
  }

  /** The entry that a typed key stands for, in either case. */
  byKey(key) {
    return this.#entries.find((entry) => entry.key !== "" && entry.key === key) ??
      this.#entries.find((entry) => entry.key !== "" &&
        entry.key.toLowerCase() === key.toLowerCase());
  }

  show(entries) {
    const same = JSON.stringify(entries) === JSON.stringify(this.#entries);
    if (same && byId("palette").childElementCount > 0) return;
    this.#entries = entries;
    this.#byValue = new Map(entries.map((entry) => [entry.value, entry]));
    if (this.chosen === null) this.#chosen = "";
    byId("palette").replaceChildren(this.#selector(), ...entries.map((e) => this.#swatch(e)));
  }

  #selector() {
    const arrow = svgEl("path", { d: "M6 3l12 9-6 1 4 7-3 1-3-7-4 4z" });
    const face = el("span", { class: "face plain" }, svgEl("svg", { viewBox: "0 0 24 24" }, arrow));
    return this.#label("", "Select only", "select", face);
  }

  #swatch(entry) {
    const face = el("span", { class: "face" }, entry.label);
    face.style.background = entry.fill;
    face.style.color = entry.ink;
    const key = entry.key === "" ? "" : `, key ${entry.key}`;
    const caption = entry.name === entry.label ? "" : entry.name;
    return this.#label(String(entry.value), `${entry.name || entry.label}${key}`, caption, face);
  }

  #label(value, name, caption, face) {
    const input = el("input", { type: "radio", name: "paint", value, "aria-label": name });
    input.checked = value === this.#chosen;
    return el("label", { class: "swatch", title: name }, input, face,
      el("span", { class: "caption", "aria-hidden": "true" }, caption));
  }
}
