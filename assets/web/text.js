// Boards as text: copied, pasted into the form or anywhere else, dropped as a file.

import { announce, byId, el, isTextField, showError } from "./dom.js";
import { link } from "./store.js";

const LARGEST_FILE = 1 << 20;

/** Puts text on the clipboard, also where the browser offers no clipboard to plain HTTP. */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = el("textarea", { class: "offscreen", "aria-hidden": "true", tabindex: "-1" });
    const focused = document.activeElement;
    area.value = text;
    document.body.append(area);
    area.select();
    const copied = document.execCommand("copy");
    area.remove();
    focused?.focus();
    if (!copied) return announce("The browser does not let this page copy.");
  }
  announce("Copied.");
}

export class Text {
  #load;
  #current;

  /** load(text) reads a board, a promise; current() is {puzzle, line}. */
  constructor(load, current) {
    this.#load = load;
    this.#current = current;
    byId("copy").addEventListener("click", () => copyText(current().line));
    byId("copy-link").addEventListener("click", () => this.#copyLink());
    byId("paste-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#read(byId("text").value, "text-error");
    });
    document.addEventListener("paste", (event) => this.#pasted(event));
    document.addEventListener("copy", (event) => this.#copied(event));
    document.addEventListener("dragover", (event) => event.preventDefault());
    document.addEventListener("drop", (event) => this.#dropped(event));
  }

  open(info) {
    byId("text").value = "";
    byId("text").placeholder = info.forms[0]?.example ?? "";
    showError("text-error", null);
    byId("forms").replaceChildren(...info.forms.flatMap(({ name, description, example }) => [
      el("dt", {}, name),
      el("dd", {}, el("p", {}, description), el("pre", { tabindex: "0" }, example)),
    ]));
  }

  show(line) { byId("line").value = line; }

  async #read(text, place) {
    showError("text-error", null);
    showError("board-error", null);
    try {
      if (text.trim() === "") throw new Error("there is no text to read");
      await this.#load(text);
      announce("The board was read.");
      byId("text").value = "";
    } catch (error) {
      if (place === "board-error") byId("text").value = text;
      showError(place, error);
    }
  }

  #pasted(event) {
    if (isTextField(event.target)) return;
    const text = event.clipboardData?.getData("text/plain") ?? "";
    event.preventDefault();
    this.#read(text, "board-error");
  }

  // Ctrl+C with nothing selected copies the board.
  #copied(event) {
    if (isTextField(event.target) || !document.getSelection().isCollapsed) return;
    event.clipboardData.setData("text/plain", this.#current().line);
    event.preventDefault();
    announce("The board was copied.");
  }

  async #dropped(event) {
    event.preventDefault();
    const file = event.dataTransfer.files[0];
    const dragged = event.dataTransfer.getData("text/plain");  // gone after an await
    if (file?.size > LARGEST_FILE) {
      showError("board-error", new Error("the file is too large"));
      return;
    }
    this.#read(file ? await file.text() : dragged, "board-error");
  }

  #copyLink() {
    const { puzzle, line } = this.#current();
    const address = link(puzzle, line);
    if (address === null) {
      showError("text-error", new Error("this board is too long for a link; copy its text"));
    } else {
      copyText(address);
    }
  }
}
