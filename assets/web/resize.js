// The form for another number of rows and columns.

import { byId, setOptions, showError } from "./dom.js";

export class ResizeForm {
  #grids = [];
  #change;

  /** change(edit) makes the edit, a promise. */
  constructor(change) {
    this.#change = change;
    byId("resize-grid").addEventListener("change", () => this.#showSides());
    byId("resize").addEventListener("submit", (event) => {
      event.preventDefault();
      if (event.target.reportValidity()) this.#run();
    });
  }

  /** Another board, or the same one changed. */
  show(grids) {
    this.#grids = grids;
    byId("resize-grid-field").hidden = grids.length < 2;
    setOptions(byId("resize-grid"), grids.map(({ name }, g) => ({ value: String(g), text: name })));
    this.#showSides();
  }

  forget() { showError("resize-error", null); }

  #showSides() {
    const { rows, cols } = this.#grids[Number(byId("resize-grid").value)];
    byId("rows").value = rows;
    byId("cols").value = cols;
  }

  async #run() {
    this.forget();
    const edit = { rows: Number(byId("rows").value), cols: Number(byId("cols").value) };
    if (this.#grids.length > 1) edit.grid = Number(byId("resize-grid").value);
    try {
      await this.#change(edit);
    } catch (error) {
      showError("resize-error", error);
    }
  }
}
