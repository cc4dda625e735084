// Asking the model: the form, the stream of steps, and the result.

import { ApiError, errorFrom, isAbort, postStream } from "./api.js";
import { announce, byId, plural, setOptions, showError } from "./dom.js";
import { judge, showResult } from "./result.js";

export class Solve {
  #abort = null;
  #examples = false;  // the puzzle shows demonstrations
  #canFit = false;
  #calls;

  /**
   * calls: question() answers with a promise of {puzzle, board}; begin(question), event(name,
   * data), end(result) follow the stream; pick(conflict) and copy(text) serve the result.
   */
  constructor(calls) {
    this.#calls = calls;
    byId("solve-form").addEventListener("submit", (event) => {
      event.preventDefault();
      if (event.target.reportValidity()) this.#run();
    });
    byId("cancel").addEventListener("click", () => this.stop());
    byId("model").addEventListener("change", () => this.#showFields());
  }

  /** Another puzzle: its models, and whether it has a rule solver. */
  open(info, models) {
    const own = models.filter(({ puzzle }) => puzzle === info.name);
    const best = own.length > 1 ? "the most specific one" : "the server's choice";
    setOptions(byId("model"), [{ value: "", text: best },
      ...own.map(({ name, sizes }) => ({ value: name, text: modelText(name, sizes) }))]);
    byId("fallback-field").hidden = !info.solves;
    this.#examples = info.examples;
    this.#showFields();
    this.forget();
  }

  /** Whether the server fits networks to demonstrations. */
  serverFits(fits) {
    this.#canFit = fits;
    this.#showFields();
  }

  get #fits() { return this.#canFit && this.#examples && byId("model").value === ""; }

  // Attempts and steps are for models, a time is for fits.
  #showFields() {
    for (const id of ["attempts", "max-steps"]) showField(id, !this.#fits);
    showField("fit-seconds", this.#fits);
  }

  /** Gives up what is under way; the server is told by the closed connection. */
  stop() { this.#abort?.abort(); }

  /** The board has changed: the result is not about it any more. */
  forget() {
    this.stop();
    byId("result").hidden = true;
    byId("solve-progress").textContent = "";
    showError("solve-error", null);
  }

  async #run() {
    if (this.#abort !== null) return;
    const abort = new AbortController();
    this.#abort = abort;
    this.#busy(true);
    showError("solve-error", null);
    byId("result").hidden = true;
    try {
      const question = await Promise.race([this.#calls.question(), aborted(abort.signal)]);
      await this.#stream(question, abort.signal);
    } catch (error) {
      if (isAbort(error)) this.#say("Cancelled.");
      else {
        this.#say("");
        showError("solve-error", error);
      }
    } finally {
      this.#abort = null;
      this.#busy(false);
    }
  }

  async #stream(question, signal) {
    this.#calls.begin(question);
    let result = null;
    let steps = 0;
    await postStream("solve?stream=true", this.#body(question), signal, (name, data) => {
      if (name === "error") throw errorFrom(data);
      if (name === "result") result = data;
      if (name === "fit") this.#say(fitText(data), false);
      if (name === "step" && !this.#fits) this.#say(plural(++steps, "step"), false);
      this.#calls.event(name, data);
    });
    if (result === null) throw new ApiError("The answer of the server broke off");
    this.#say("");
    const { title, text } = judge(result);
    announce(`${title}. ${text}`.trim());
    showResult(byId("result"), result, { onPick: this.#calls.pick, onCopy: this.#calls.copy });
    this.#calls.end(result);
  }

  #body(question) {
    const body = {
      ...question,
      ...(this.#fits ? { fit_seconds: Number(byId("fit-seconds").value) } : {
        attempts: Number(byId("attempts").value),
        max_steps: Number(byId("max-steps").value),
      }),
    };
    if (byId("model").value !== "") body.model = byId("model").value;
    if (byId("fallback").checked && !byId("fallback-field").hidden) body.fallback = "exact";
    return body;
  }

  #say(text, aloud = true) {
    byId("solve-progress").textContent = text;
    if (aloud && text !== "") announce(text);
  }

  #busy(busy) {
    const focused = document.activeElement;
    byId("solve").hidden = busy;
    byId("cancel").hidden = !busy;
    byId("solve-form").setAttribute("aria-busy", String(busy));
    // The button that had the focus is hidden now; the other one stands in its place.
    if (focused === byId("solve") && busy) byId("cancel").focus();
    if (focused === byId("cancel") && !busy) byId("solve").focus();
  }
}

/** Rejects when the signal is aborted. */
function aborted(signal) {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

// A field that is hidden must not stop the form.
function showField(id, shown) {
  byId(id).closest(".field").hidden = !shown;
  byId(id).disabled = !shown;
}

/** "24 of 60 s, 2 of 3 demonstrations reproduced". */
function fitText({ seconds, budget, demonstrations, reproduced, held_out: heldOut }) {
  const answered = heldOut > 0 ? `, ${heldOut} answered while held out` : "";
  return `${Math.round(seconds)} of ${Math.round(budget)} s, ${reproduced} of ` +
    `${plural(demonstrations, "demonstration")} reproduced${answered}`;
}

function modelText(name, sizes) {
  if (sizes.length === 0) return name;
  const shown = sizes.length > 4 ? [...sizes.slice(0, 3), "\u2026", sizes.at(-1)] : sizes;
  return `${name} (${shown.join(", ")})`;
}
