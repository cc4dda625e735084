// The board on the page: the server's picture, and over it one grid of cells for each grid of the
// puzzle. The cells are what keyboard, screen reader, finger and mouse meet; they also show what
// was painted until the next picture has it.

import { el } from "./dom.js";

/** Cells on the way from one cell to another, without the first: fast strokes leave no gaps. */
export function between(from, to) {
  const steps = Math.max(Math.abs(to.row - from.row), Math.abs(to.col - from.col));
  return Array.from({ length: steps }, (_, i) => ({
    grid: to.grid,
    row: Math.round(from.row + ((to.row - from.row) * (i + 1)) / steps),
    col: Math.round(from.col + ((to.col - from.col) * (i + 1)) / steps),
  }));
}

export class Board {
  #stage;
  #picture = el("div", { class: "picture", "aria-hidden": "true" });
  #layer = el("div", { class: "layer" });
  #grids = [];  // {element, cells: [[element]]}
  #places = new WeakMap();  // cell element -> {grid, row, col}
  #drawing = null;
  #stroke = null;  // {id, pointer, erase, last}
  #strokes = 0;
  #calls;

  /**
   * calls.paint(place, stroke, erase) for each cell of a stroke; calls.key(place, event) for a key
   * that the board itself has no use for, true if it was used.
   */
  constructor(stage, calls) {
    this.#stage = stage;
    this.#calls = calls;
    stage.append(this.#picture, this.#layer);
    this.#listen();
    new ResizeObserver(() => this.#scaleText()).observe(stage);
  }

  get drawing() { return this.#drawing; }

  /** A stroke's number that no other has. */
  nextStroke() { return ++this.#strokes; }

  /** Shows a reply of POST /draw. label(place, value) says what a cell is, for a screen reader. */
  show(drawing, label, readOnly) {
    this.#drawing = drawing;
    this.#stage.style.aspectRatio = `${drawing.width} / ${drawing.height}`;
    this.#stage.style.setProperty("--ratio", String(drawing.width / drawing.height));
    this.#showPicture(drawing.svg);
    this.#shape(drawing.grids, readOnly);
    drawing.grids.forEach((grid, g) => {
      grid.values.forEach((values, row) => values.forEach((value, col) => {
        this.#reset(this.#grids[g].cells[row][col], label({ grid: g, row, col }, value));
      }));
    });
  }

  /** Paints a cell at once, before the server has drawn it. */
  paint(place, { fill, ink, text, label, kind = "painted" }) {
    const cell = this.#cell(place);
    if (cell === undefined) return;
    cell.classList.add(kind);
    cell.style.background = fill;
    cell.style.color = ink;
    // As the server's labels: several characters shrink to the cell's width.
    cell.style.fontSize = text.length > 1 ? `${Math.min(1, 1.83 / text.length)}em` : "";
    cell.textContent = text;
    setLabel(cell, label);
  }

  /** Marks cells with a class, and takes it off all others. */
  mark(kind, places) {
    for (const old of this.#layer.querySelectorAll(`.${kind}`)) old.classList.remove(kind);
    for (const place of places) this.#cell(place)?.classList.add(kind);
  }

  focus(place) {
    const cell = this.#cell(place);
    if (cell === undefined) return;
    this.#rove(cell);
    cell.focus({ preventScroll: true });
  }

  #cell({ grid = 0, row, col }) { return this.#grids[grid]?.cells[row]?.[col]; }

  #showPicture(text) {
    const parsed = new DOMParser().parseFromString(text, "image/svg+xml");
    if (parsed.documentElement.localName !== "svg") return;
    const svg = document.importNode(parsed.documentElement, true);
    svg.setAttribute("width", "100%");
    svg.setAttribute("height", "100%");
    this.#picture.replaceChildren(svg);
  }

  // Makes the cells, or keeps them where their number has not changed: focus stays where it is.
  #shape(grids, readOnly) {
    const fits = grids.length === this.#grids.length && grids.every((grid, g) =>
      grid.rows === this.#grids[g].cells.length && grid.cols === this.#grids[g].cells[0].length);
    if (!fits) {
      const at = this.#places.get(document.activeElement);
      this.#grids = grids.map((grid, g) => this.#makeGrid(grid, g));
      this.#layer.replaceChildren(...this.#grids.map(({ element }) => element));
      if (at !== undefined) {
        const g = Math.min(at.grid, grids.length - 1);
        this.focus({
          grid: g,
          row: Math.min(at.row, grids[g].rows - 1),
          col: Math.min(at.col, grids[g].cols - 1),
        });
      }
    }
    const { width, height } = this.#drawing;
    grids.forEach((grid, g) => {
      const { element } = this.#grids[g];
      element.setAttribute("aria-label", grid.name);
      element.setAttribute("aria-readonly", String(readOnly));
      element.style.left = `${(grid.x / width) * 100}%`;
      element.style.top = `${(grid.y / height) * 100}%`;
      element.style.width = `${(grid.width / width) * 100}%`;
      element.style.height = `${(grid.height / height) * 100}%`;
    });
    this.#scaleText();
  }

  #makeGrid(grid, g) {
    const cells = [];
    const element = el("div", { role: "grid", class: "grid" });
    for (let row = 0; row < grid.rows; row++) {
      const line = el("div", { role: "row", class: "row" });
      cells.push([]);
      for (let col = 0; col < grid.cols; col++) {
        const first = row === 0 && col === 0;
        const cell = el("div", { role: "gridcell", class: "cell", tabindex: first ? "0" : "-1" });
        this.#places.set(cell, { grid: g, row, col });
        cells[row].push(cell);
        line.append(cell);
      }
      element.append(line);
    }
    return { element, cells };
  }

  #reset(cell, label) {
    if (cell.className !== "cell") cell.className = "cell";
    if (cell.hasAttribute("style")) cell.removeAttribute("style");
    if (cell.firstChild !== null) cell.textContent = "";
    setLabel(cell, label);
  }

  #scaleText() {
    if (this.#drawing === null) return;
    const scale = this.#layer.clientWidth / this.#drawing.width;
    this.#drawing.grids.forEach((grid, g) => {
      const side = Math.min(grid.width / grid.cols, grid.height / grid.rows) * scale;
      const { style } = this.#grids[g].element;
      style.setProperty("--gutter", `${side * 0.03}px`);
      style.fontSize = `${side * 0.94 * 0.6}px`;
    });
  }

  // One cell of each grid can be reached by the tab key.
  #rove(cell) {
    const { grid } = this.#places.get(cell);
    const before = this.#grids[grid].element.querySelector('[tabindex="0"]');
    before?.setAttribute("tabindex", "-1");
    cell.setAttribute("tabindex", "0");
  }

  #placeAt(event, only) {
    if (this.#drawing === null) return null;
    const box = this.#layer.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * this.#drawing.width;
    const y = ((event.clientY - box.top) / box.height) * this.#drawing.height;
    const g = only ?? this.#drawing.grids.findIndex((grid) =>
      x >= grid.x && x < grid.x + grid.width && y >= grid.y && y < grid.y + grid.height);
    const grid = this.#drawing.grids[g];
    if (grid === undefined) return null;
    const row = Math.floor(((y - grid.y) / grid.height) * grid.rows);
    const col = Math.floor(((x - grid.x) / grid.width) * grid.cols);
    const inside = row >= 0 && row < grid.rows && col >= 0 && col < grid.cols;
    return inside ? { grid: g, row, col } : null;
  }

  #listen() {
    const layer = this.#layer;
    layer.addEventListener("contextmenu", (event) => event.preventDefault());
    layer.addEventListener("pointerdown", (event) => this.#begin(event));
    layer.addEventListener("pointermove", (event) => this.#go(event));
    for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) {
      layer.addEventListener(end, ({ pointerId }) => {
        if (pointerId === this.#stroke?.pointer) this.#stroke = null;
      });
    }
    layer.addEventListener("focusin", ({ target }) => {
      if (this.#places.has(target)) this.#rove(target);
    });
    layer.addEventListener("keydown", (event) => this.#key(event));
  }

  #begin(event) {
    const place = this.#placeAt(event);
    if (place === null || this.#stroke !== null || ![0, 2].includes(event.button)) return;
    event.preventDefault();
    this.focus(place);
    this.#layer.setPointerCapture(event.pointerId);
    this.#stroke = {
      id: this.nextStroke(), pointer: event.pointerId, erase: event.button === 2, last: place,
    };
    this.#calls.paint(place, this.#stroke.id, this.#stroke.erase);
  }

  #go(event) {
    if (event.pointerId !== this.#stroke?.pointer) return;
    for (const point of event.getCoalescedEvents?.() ?? [event]) {
      const place = this.#placeAt(point, this.#stroke.last.grid);
      if (place === null) continue;
      for (const cell of between(this.#stroke.last, place)) {
        this.#calls.paint(cell, this.#stroke.id, this.#stroke.erase);
      }
      this.#stroke.last = place;
    }
  }

  #key(event) {
    const place = this.#places.get(event.target);
    if (place === undefined || event.isComposing) return;
    const { rows, cols } = this.#drawing.grids[place.grid];
    const far = event.ctrlKey || event.metaKey;
    const to = {
      ArrowLeft: [place.row, place.col - 1], ArrowRight: [place.row, place.col + 1],
      ArrowUp: [place.row - 1, place.col], ArrowDown: [place.row + 1, place.col],
      Home: [far ? 0 : place.row, 0], End: [far ? rows - 1 : place.row, cols - 1],
    }[event.key];
    if (to !== undefined && !event.altKey) {
      event.preventDefault();
      const row = Math.min(Math.max(to[0], 0), rows - 1);
      const col = Math.min(Math.max(to[1], 0), cols - 1);
      this.#cell({ grid: place.grid, row, col }).focus({ preventScroll: false });
    } else if (this.#calls.key(place, event)) {
      event.preventDefault();
    }
  }
}

function setLabel(cell, label) {
  if (cell.getAttribute("aria-label") !== label) cell.setAttribute("aria-label", label);
}
