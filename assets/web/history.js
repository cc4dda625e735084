// Undo and redo without limit, for values that are never changed in place.

export class History {
  #past = [];
  #future = [];

  /** Remembers the value that a change is about to replace. */
  push(value) {
    this.#past.push(value);
    this.#future = [];
  }
  /** The value to go back to; undefined if there is none. */
  undo(current) { return move(this.#past, this.#future, current); }
  redo(current) { return move(this.#future, this.#past, current); }
  clear() {
    this.#past = [];
    this.#future = [];
  }
  get canUndo() { return this.#past.length > 0; }
  get canRedo() { return this.#future.length > 0; }
}

function move(from, to, current) {
  if (from.length === 0) return undefined;
  to.push(current);
  return from.pop();
}
