// The steps of a solve: a slider, play and pause, two plots. Each attempt is a track of its own.

import { isAbort, post } from "./api.js";
import { announce, byId, plural, sentence, setOptions } from "./dom.js";
import { plot } from "./plot.js";

const STEP_MS = 600;

const trackText = ({ attempt, query, queries, description }) =>
  (queries && attempt >= 0 ? `part ${query + 1}, ` : "") +
  (attempt < 0 ? description : `${attempt}: ${description}`);

export class Steps {
  #tracks = new Map();
  #descriptions = new Map();
  #track = null;
  #at = 0;
  #follow = true;  // the newest step, until somebody takes the slider
  #run = 0;
  #playing = false;
  #timer = null;
  #question = null;  // {puzzle, board, width, height}
  #abort = new AbortController();
  #soon = null;  // the animation frame that will paint
  #painting = null;  // the painting under way, a promise
  #again = false;  // whether it is to go on with what was chosen meanwhile
  #show;

  /** show(drawing, changed, frame) puts a step on the board; drawing null: it has no picture. */
  constructor(show) {
    this.#show = show;
    byId("step").addEventListener("input", ({ target }) => this.#pick(Number(target.value) - 1));
    byId("play-pause").addEventListener("click", () => this.#toggle());
    byId("track").addEventListener("change", ({ target }) => this.#choose(target.value));
  }

  get any() { return this.#tracks.size > 0; }

  /** Begins anew; question: {puzzle, board, width, height}. */
  start(question) {
    this.#pause();
    this.#abort.abort();
    this.#abort = new AbortController();
    this.#question = question;
    this.#tracks = new Map();
    this.#descriptions = new Map();
    this.#track = null;
    this.#at = 0;
    this.#follow = true;
  }

  /** One event of the stream. */
  add(name, data) {
    if (name === "attempt") this.#descriptions.set(data.attempt, data.description);
    if (name !== "step") return;
    const { query, attempt } = data;
    const id = `${query}.${attempt}`;
    if (!this.#tracks.has(id)) {
      const description = this.#descriptions.get(attempt) ?? "";
      this.#tracks.set(id, { id, query, attempt, description, frames: [] });
      for (const track of this.#tracks.values()) track.queries = query > 0 || track.queries;
    }
    this.#tracks.get(id).frames.push({
      query, attempt, step: data.step, board: data.board, confidence: data.confidence,
      halt: data.halt_probability, conflicts: data.conflicts,
    });
    if (!this.#follow) return this.#repaint();
    // Attempts that run side by side alternate: the first of them is followed.
    if (this.#track === null || this.#ended(this.#track, data)) this.#track = this.#tracks.get(id);
    this.#at = this.#track.frames.length - 1;
    this.#repaint();
  }

  /** Shows the step that gave the answer, or the answer itself where no step has it. */
  finish(result) {
    const from = this.#tracks.get(`0.${result.attempt}`);
    const frame = from?.frames[result.steps - 1];
    const same = frame !== undefined &&
      JSON.stringify(frame.board) === JSON.stringify(result.solution);
    if (!same && result.solution !== null) this.#addAnswer(result);
    if (!this.#follow) return this.#repaint();
    this.#track = same ? from : this.#tracks.get("answer") ?? this.#track;
    this.#at = same ? result.steps - 1 : Math.max(0, (this.#track?.frames.length ?? 1) - 1);
    this.#repaint();
  }

  // Attempt 0 runs alone; when others begin, it has ended.
  #ended(track, data) { return track.attempt === 0 && data.attempt > 0; }

  #addAnswer(result) {
    this.#tracks.set("answer", {
      id: "answer", query: 0, attempt: -1, description: "the answer", frames: [{
        query: 0, attempt: -1, step: 1, board: result.solution, confidence: null, halt: null,
        conflicts: result.conflicts, whole: true,
      }],
    });
  }

  /** Paints what is chosen, soon; many calls make one painting. */
  #repaint() {
    if (this.#soon !== null) return;
    this.#soon = requestAnimationFrame(() => {
      this.#soon = null;
      this.paint();
    });
  }

  /**
   * The chosen step, now: slider, plots and board. One picture is asked for at a time; what was
   * chosen meanwhile follows, but for what was passed over.
   */
  paint() {
    if (this.#track === null) return Promise.resolve();
    this.#controls(this.#track.frames, this.#track.frames[this.#at]);
    this.#again = true;
    this.#painting ??= this.#paintAll().finally(() => { this.#painting = null; });
    return this.#painting;
  }

  async #paintAll() {
    while (this.#again && this.#track !== null) {
      this.#again = false;
      await this.#paintOne(this.#track.frames, this.#at, this.#abort.signal);
    }
  }

  async #paintOne(frames, at, signal) {
    try {
      const drawing = await this.#drawing(frames[at], signal);
      const before = at > 0 ? await this.#drawing(frames[at - 1], signal) : null;
      if (!signal.aborted) this.#show(drawing, changes(before, drawing), frames[at]);
    } catch (error) {
      if (!isAbort(error)) this.#show(null, [], frames[at], error);
    }
  }

  async #drawing(frame, signal) {
    if (frame.drawing === undefined) {
      const answer = this.#answerOf(frame);
      if (answer === null) return null;
      const body = { ...this.#question, answer };
      const cells = frame.query === 0 ? frame.confidence : null;
      if (cells?.length > 0) body.confidence = cells;
      frame.drawing = await post("draw", body, signal);
    }
    return frame.drawing;
  }

  // Where a puzzle asks for several grids, a step has one of them, as rows of numbers although the
  // board was text: the others are the last that their own tracks have. null: one has none yet, so
  // there is no whole answer to draw.
  #answerOf(frame) {
    if (typeof frame.board === "string" || frame.whole) return frame.board;
    const parts = Math.max(1, ...[...this.#tracks.values()].map(({ query }) => query)) + 1;
    const boards = Array.from({ length: parts }, (_, query) => (query === frame.query ? frame.board
      : this.#tracks.get(`${query}.${frame.attempt}`)?.frames.at(-1).board ?? null));
    return boards.includes(null) ? null : boards;
  }

  #controls(frames, frame) {
    const slider = byId("step");
    slider.max = String(frames.length);
    slider.value = String(this.#at + 1);
    slider.disabled = frames.length < 2;
    byId("play-pause").disabled = frames.length < 2;
    const text = `Step ${this.#at + 1} of ${frames.length}`;
    byId("step-text").textContent = text;
    slider.setAttribute("aria-valuetext", text);
    // What was said of the answer is not true of a step on the way to it.
    if (!this.#follow) announce(`${text}: ${plural(frame.conflicts.length, "conflict")}.`);
    this.#listTracks();
    this.#plots(frames);
  }

  #listTracks() {
    const tracks = [...this.#tracks.values()];
    byId("track-field").hidden = tracks.length < 2;
    const text = (track) => sentence(trackText(track)).replace(/\.$/, "");
    if (byId("track").childElementCount !== tracks.length) {
      setOptions(byId("track"), tracks.map((track) => ({ value: track.id, text: text(track) })));
    }
    byId("track").value = this.#track.id;
  }

  #plots(frames) {
    const onPick = (i) => this.#pick(i);
    const at = this.#at;
    const halts = frames.every(({ halt }) => halt !== null) ? frames.map(({ halt }) => halt) : [];
    const counts = frames.map(({ conflicts }) => conflicts.length);
    plot(byId("plot-halt"), {
      name: "Halt probability", values: halts, top: 1, at, onPick,
      text: (value) => (value === 0 || value === 1 ? String(value) : value.toFixed(2)),
    });
    plot(byId("plot-conflicts"), {
      name: "Conflicts", values: counts, top: Math.max(...counts), at, onPick, text: String,
    });
  }

  #choose(id) {
    this.#pause();
    this.#follow = false;
    this.#track = this.#tracks.get(id);
    this.#at = this.#track.frames.length - 1;
    this.paint();
  }

  #pick(at) {
    this.#pause();
    this.#follow = false;
    this.#at = at;
    this.paint();
  }

  #toggle() {
    if (this.#playing) return this.#pause();
    this.#playing = true;
    this.#follow = false;
    this.#button();
    if (this.#at >= this.#track.frames.length - 1) this.#at = -1;
    this.#run += 1;
    this.#tick(this.#run);
  }

  // Of one run: a pause while a picture is awaited ends it, and the next run is another.
  async #tick(run) {
    this.#at += 1;
    await this.paint();
    if (!this.#playing || run !== this.#run) return;
    if (this.#at >= this.#track.frames.length - 1) return this.#pause();
    this.#timer = setTimeout(() => this.#tick(run), STEP_MS);
  }

  #pause() {
    clearTimeout(this.#timer);
    this.#playing = false;
    this.#button();
  }

  #button() {
    const button = byId("play-pause");
    button.classList.toggle("playing", this.#playing);
    button.setAttribute("aria-label", this.#playing ? "Pause the steps" : "Play the steps");
  }
}

/** The cells in which two drawings differ; none where their grids do not correspond. */
export function changes(before, after) {
  if (before === null || after === null || before.grids.length !== after.grids.length) return [];
  return after.grids.flatMap((grid, g) => grid.values.flatMap((values, row) =>
    values.flatMap((value, col) =>
      (before.grids[g].values[row]?.[col] === value ? [] : [{ grid: g, row, col }]))));
}

/** The cells of an answer over a question of one grid that the question gave. */
export function givens(question, answered) {
  const [{ values }] = question.grids;
  return answered.grids[0].values.flatMap((line, row) => line.flatMap((value, col) =>
    (value !== 0 && values[row]?.[col] === value ? [{ row, col }] : [])));
}
