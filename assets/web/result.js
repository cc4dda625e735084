// What came out, in words that claim no more than the rules have checked.

import { el, plural, sentence } from "./dom.js";

const STOPPED = {
  verified: "an answer was verified",
  halted: "the model said that it was done",
  max_steps: "all steps were used",
  deadline: "the time was up",
  cancelled: "it was cancelled",
  fallback: "the rule solver answered",
  settled: "the board no longer changed",
  fitted: "every demonstration is reproduced, two were answered while held out",
  fit_seconds: "there was no time for another network",
};

const SOURCES = {
  model: "the model",
  fit: "a network fitted to the demonstrations",
  exact: "the rule solver, not the model",
  random: "random values, not a model",
};

const SOLUTIONS = {
  none: "The rule solver says that this board has no solution.",
  one: "The rule solver says that this board has exactly one solution.",
  several: "The rule solver says that this board has several solutions.",
};

/** {kind, title, text} of anything with verified, status, evidence and conflicts. */
export function judge({ verified, status, evidence, conflicts }) {
  if (verified === true) {
    return { kind: "good", title: "Solved: the rules hold", text: "" };
  }
  if (status === "plausible") {
    const text = evidence ? sentence(evidence) : "Nobody has written these rules down.";
    return { kind: "fair", title: "Plausible, not verified", text };
  }
  if (conflicts.length > 0) return { kind: "bad", title: "Not solved: unverified", text: "" };
  const text = evidence ? sentence(evidence) : "Nothing confirms that the answer is right.";
  return { kind: "fair", title: "Unverified", text };
}

/** "row 3, column 5" of a place that counts from 0. */
export function placeText({ grid, query, row, col }) {
  const which = grid ?? query;
  const inGrid = which === undefined ? "" : `grid ${which + 1}, `;
  return `${inGrid}row ${row + 1}, column ${col + 1}`;
}

/** The list of cells that break a rule; onPick(conflict) when one is chosen. */
export function conflictList(conflicts, onPick) {
  const most = 30;
  const items = conflicts.slice(0, most).map((conflict) => {
    const button = el("button", { type: "button", class: "link" },
      sentence(`${placeText(conflict)}: ${conflict.message}`));
    button.addEventListener("click", () => onPick(conflict));
    return el("li", {}, button);
  });
  if (conflicts.length > most) items.push(el("li", {}, `and ${conflicts.length - most} more`));
  return items;
}

/** Fills a place with the verdict and its conflicts. */
export function showVerdict(place, verdict, onPick) {
  const { kind, title, text } = judge(verdict);
  const parts = [el("p", { class: `badge ${kind}` }, title)];
  if (text !== "") parts.push(el("p", {}, text));
  if (verdict.conflicts.length > 0 && !verdict.verified) {
    parts.push(el("details", { open: verdict.conflicts.length <= 6 },
      el("summary", {}, plural(verdict.conflicts.length, "conflict")),
      el("ul", {}, ...conflictList(verdict.conflicts, onPick))));
  }
  place.replaceChildren(...parts);
  place.hidden = false;
}

/** The same for the result of a solve, with how it came about. */
export function showResult(place, result, { onPick, onCopy }) {
  showVerdict(place, result, onPick);
  if (result.rule_solver !== undefined) {
    place.append(el("p", {}, SOLUTIONS[result.rule_solver.solutions] ?? ""));
  }
  const facts = result.fit ? fitFacts(result) : modelFacts(result);
  place.append(el("dl", { class: "facts" }, ...facts.flatMap(([name, value]) =>
    [el("dt", {}, name), el("dd", {}, value)])));
  if (result.solution === null) return;
  const copy = el("button", { type: "button" }, "Copy the answer");
  copy.addEventListener("click", () => onCopy(
    typeof result.solution === "string" ? result.solution : JSON.stringify(result.solution)));
  place.append(copy);
}

/** How a model, the rule solver or chance came to its answer. */
function modelFacts(result) {
  const facts = [
    ["Answer from", SOURCES[result.source] ?? result.source],
    ["Stopped because", STOPPED[result.stopped] ?? result.stopped],
    ["Model", result.model],
    ["Steps", `${result.steps} of attempt ${result.attempt}`],
    ["In all", `${plural(result.attempts, "attempt")}, ${plural(result.total_steps, "step")}`],
    ["Halt probability", percent(result.halt_probability)],
    ["Time", time(result.time_ms)],
  ];
  if (result.attempt_description) facts.splice(4, 0, ["Board seen", result.attempt_description]);
  return facts;
}

/** What a fit says of its candidates. */
function fitFacts(result) {
  const { votes, all_votes: all } = result.fit;
  const of = (query) => `${votes[query].join(" and ") || "none"} of ${all[query]}`;
  return [
    ["Answer from", SOURCES.fit],
    ["Stopped because", STOPPED[result.stopped] ?? result.stopped],
    ...votes.map((_, query) => [votes.length > 1 ? `Votes, test ${query + 1}` : "Votes", of(query)]),
    ["Steps", String(result.total_steps)],
    ["Time", time(result.time_ms)],
  ];
}

const percent = (share) => `${(share * 100).toFixed(1)} %`;
const time = (ms) =>
  (ms < 1000 ? `${ms.toFixed(ms < 10 ? 1 : 0)} ms` : `${(ms / 1000).toFixed(2)} s`);
