// The board being drawn. The server keeps nothing: each change sends the board and gets the new one
// back. Changes wait in a queue, one request at a time, so that none is lost and none overtakes.

import { isAbort, post } from "./api.js";
import { History } from "./history.js";

const MOST_EDITS = 4096;  // that a request may have
const RETRY_MS = 2000;
const SIDE = 720;  // of the picture's longer side; it is scaled anyway

export class Editor {
  puzzle = null;
  line = "";
  drawing = null;
  #histories = new Map();  // puzzle -> History of lines
  #queue = [];
  #running = false;
  #abort = new AbortController();
  #lastStroke = null;
  #wake = null;
  #calls;

  /**
   * calls: drawn() after each new picture, refused(error) for changes that were not possible,
   * gone(true | false) when the server stops and begins to answer again.
   */
  constructor(calls) { this.#calls = calls; }

  get history() {
    if (!this.#histories.has(this.puzzle)) this.#histories.set(this.puzzle, new History());
    return this.#histories.get(this.puzzle);
  }
  get idle() { return this.#queue.length === 0 && !this.#running; }
  /** Edits that are painted but not in the picture yet. */
  get pending() { return this.#queue.flatMap(({ edits }) => edits ?? []); }

  /** Another puzzle: what was under way for the last one does not matter any more. */
  open(puzzle, board) {
    this.#abort.abort();
    this.#abort = new AbortController();
    for (const op of this.#queue.splice(0)) op.reject?.(new DOMException("", "AbortError"));
    return this.#enqueue({ kind: "open", puzzle, board });
  }

  /** One board in the place of the other, from any text that the puzzle reads. */
  load(board) { return this.#enqueue({ kind: "load", board }); }

  /** Edits of one stroke are one step of undo. */
  edit(stroke, edits) {
    const last = this.#queue.at(-1);
    if (last?.stroke === stroke && !last.sent && last.edits.length + edits.length <= MOST_EDITS) {
      last.edits.push(...edits);
      return;
    }
    this.#enqueue({ kind: "edits", stroke, edits }).catch((error) => this.#calls.refused(error));
  }

  /** As edit, but the caller hears of errors. */
  change(stroke, edits) { return this.#enqueue({ kind: "edits", stroke, edits }); }

  undo() { this.#enqueue({ kind: "undo" }).catch((error) => this.#calls.refused(error)); }
  redo() { this.#enqueue({ kind: "redo" }).catch((error) => this.#calls.refused(error)); }

  /** Sends what waits for the server now, without waiting for the next try. */
  retry() { this.#wake?.(); }

  /** Resolves when nothing waits any more. */
  async settled() { while (!this.idle) await new Promise((done) => setTimeout(done, 20)); }

  /** Width and height of the picture: single grids fill it, several get the window's shape. */
  sides(drawing = this.drawing) {
    if (drawing?.grids.length === 1) {
      const { rows, cols } = drawing.grids[0];
      const unit = SIDE / Math.max(rows, cols);
      const side = (count) => Math.min(2000, Math.max(16, Math.round(unit * count)));
      return { width: side(cols), height: side(rows) };
    }
    const narrow = window.innerWidth < 700;
    return { width: SIDE, height: narrow ? SIDE * 1.5 : SIDE };
  }

  #enqueue(op) {
    return new Promise((resolve, reject) => {
      this.#queue.push({ ...op, resolve, reject });
      if (!this.#running) this.#run();
    });
  }

  async #run() {
    this.#running = true;
    while (this.#queue.length > 0) await this.#next(this.#queue[0]);
    this.#running = false;
  }

  async #next(op) {
    try {
      op.sent = true;
      await this.#apply(op);
      this.#done(op);
      this.#calls.gone(false);
      op.resolve();
    } catch (error) {
      if (error.unreachable) {
        this.#calls.gone(true);
        await this.#pause();
        return;
      }
      this.#done(op);
      if (!isAbort(error)) this.#calls.gone(false);
      op.reject(error);
    }
    if (this.drawing !== null) this.#calls.drawn();
  }

  #done(op) {
    const at = this.#queue.indexOf(op);
    if (at >= 0) this.#queue.splice(at, 1);
  }

  #pause() {
    return new Promise((done) => {
      const timer = setTimeout(done, RETRY_MS);
      this.#wake = () => { clearTimeout(timer); done(); };
    });
  }

  async #apply(op) {
    if (op.kind === "undo" || op.kind === "redo") return this.#travel(op.kind);
    const puzzle = op.puzzle ?? this.puzzle;
    const drawing = await this.#draw(puzzle, op.board ?? this.line, op.edits);
    const continues = op.stroke !== undefined && op.stroke === this.#lastStroke;
    this.#lastStroke = op.stroke ?? null;
    if (op.kind === "open") this.puzzle = puzzle;
    else if (drawing.line !== this.line && !continues) this.history.push(this.line);
    this.#accept(drawing);
  }

  async #travel(kind) {
    const { history } = this;
    const line = history[kind](this.line);
    if (line === undefined) return;
    this.#lastStroke = null;
    try {
      this.#accept(await this.#draw(this.puzzle, line));
    } catch (error) {
      history[kind === "undo" ? "redo" : "undo"](line);  // it did not happen
      throw error;
    }
  }

  #accept(drawing) {
    this.line = drawing.line;
    this.drawing = drawing;
  }

  async #draw(puzzle, board, edits) {
    const body = { puzzle, board, ...this.sides() };
    if (edits !== undefined) body.edits = edits;
    const { signal } = this.#abort;
    const reply = await post("draw", body, signal);
    // A board of another shape was drawn into the last one's frame: once more, in its own.
    const { width, height } = this.sides(reply);
    if (width === reply.width && height === reply.height) return reply;
    return post("draw", { puzzle, board: reply.line, width, height }, signal);
  }
}
