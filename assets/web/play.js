// The player's own answer: values written over the empty cells of a board. The server never sees
// it but to check it or to give a hint.

import { post } from "./api.js";
import { History } from "./history.js";
import { read, write } from "./storage.js";

const slot = (puzzle) => `trm.play.${puzzle}`;
const keyOf = ({ row, col }) => `${row},${col}`;

export class Play {
  #puzzle = null;
  #line = "";
  #values = [];  // of the question
  #cells = {};  // "row,col" -> value; replaced, never changed
  #history = new History();
  #lastStroke = null;
  #extra = new Map();  // puzzle -> a value of answers that questions do not have

  /** Whether it makes sense: the rules can be checked, and the answer lies over the one grid. */
  static fits(info, drawing) { return info.checks && drawing.grids.length === 1; }

  get history() { return this.#history; }

  /** A new board begins an empty answer, but for one kept from before a reload. */
  open(puzzle, drawing) {
    this.#values = drawing.grids[0].values;
    if (puzzle === this.#puzzle && drawing.line === this.#line) return;
    this.#puzzle = puzzle;
    this.#line = drawing.line;
    this.#history.clear();
    this.#cells = this.#kept();
  }

  /** What can be written: the palette, or what only answers have, and nothing. */
  async entries(palette) {
    if (!this.#extra.has(this.#puzzle)) await this.#learn(palette);
    const extra = this.#extra.get(this.#puzzle);
    if (extra === undefined || extra === null) return palette;
    const blank = palette.filter(({ value }) => value === 0).map((entry) => ({ ...entry }));
    return [...blank, extra];
  }

  // Palettes are made for questions. What a hint writes tells whether answers have another value.
  async #learn(palette) {
    const puzzle = this.#puzzle;
    try {
      const { value, name, label } = await post("hint", { puzzle, board: this.#line });
      const known = palette.some((entry) => entry.value === value);
      this.#extra.set(puzzle, known ? null : {
        value, name: name ?? "mark", label: label ?? "\u25cf", key: "x",
        fill: "#ffffff00", ink: "#2563ebff",
      });
    } catch ({ code }) {
      // A module without hints: its palette is all there is. Another board may have a hint.
      if (code === "unsupported") this.#extra.set(puzzle, null);
    }
  }

  /** [{row, col, value}] that the player has written. */
  get written() {
    return Object.entries(this.#cells).map(([key, value]) => {
      const [row, col] = key.split(",").map(Number);
      return { row, col, value };
    });
  }

  /** Board and answer as the API takes them: rows of numbers. */
  get body() {
    const answer = this.#values.map((values, row) => values.map((value, col) =>
      this.#cells[keyOf({ row, col })] ?? value));
    return { puzzle: this.#puzzle, board: this.#line, answer };
  }

  get complete() { return this.body.answer.flat().every((value) => value !== 0); }

  /** Writes a value into an empty cell; whether that changed anything. 0 takes it away. */
  write(place, value, stroke) {
    const key = keyOf(place);
    if (this.#values[place.row]?.[place.col] !== 0) return false;
    if ((this.#cells[key] ?? 0) === value) return false;
    if (stroke !== this.#lastStroke) this.#history.push(this.#cells);
    this.#lastStroke = stroke;
    const { [key]: _, ...others } = this.#cells;
    this.#set(value === 0 ? others : { ...others, [key]: value });
    return true;
  }

  clear() {
    if (this.written.length === 0) return;
    this.#history.push(this.#cells);
    this.#set({});
  }

  undo() { this.#travel("undo"); }
  redo() { this.#travel("redo"); }

  #travel(kind) {
    const cells = this.#history[kind](this.#cells);
    this.#lastStroke = null;
    if (cells !== undefined) this.#set(cells);
  }

  #set(cells) {
    this.#cells = cells;
    write(slot(this.#puzzle), JSON.stringify({ line: this.#line, cells }));
  }

  #kept() {
    try {
      const kept = JSON.parse(read(slot(this.#puzzle)));
      return kept?.line === this.#line ? kept.cells : {};
    } catch {
      return {};
    }
  }
}
