// What stands against solving the board as it is drawn.

import { announce, byId, plural } from "./dom.js";
import { conflictList } from "./result.js";

export class Problems {
  #said = "";
  #pick;

  /** pick(problem) is called when one is chosen. */
  constructor(pick) { this.#pick = pick; }

  show(problems) {
    const stand = plural(problems.length, "thing stands", "things stand");
    const title = `${stand} against solving this board`;
    byId("problems-box").hidden = problems.length === 0;
    byId("problems-title").textContent = title;
    byId("problems").replaceChildren(...conflictList(problems, this.#pick));
    const now = problems.length === 0 ? "" : `${title}.`;
    if (now !== this.#said && now !== "") announce(now);
    this.#said = now;
  }
}
