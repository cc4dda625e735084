// The page: connects its parts and decides what the board shows.

import { get, onKeyNeeded, post } from "./api.js";
import { Board } from "./board.js";
import { announce, byId, el, isTextField, plural, sentence, setOptions, showError } from "./dom.js";
import { Editor } from "./editor.js";
import { Generate } from "./generate.js";
import { Palette } from "./palette.js";
import { Play } from "./play.js";
import { Problems } from "./problems.js";
import { ResizeForm } from "./resize.js";
import { placeText, showVerdict } from "./result.js";
import { askForKey, gone, persist } from "./server.js";
import { Solve } from "./solve.js";
import { givens, Steps } from "./steps.js";
import * as store from "./store.js";
import { copyText, Text } from "./text.js";

let puzzles = [];
let models = [];
let info = null;
let mode = "draw";
let lastLine = null;  // of the board that result, steps and hint are about
let hinted = null;
let following = false;  // whether a solve turns the board to its steps

const board = new Board(byId("stage"), { paint: paintCell, key: boardKey });
const palette = new Palette((entry) => announce(
  entry === null ? "Strokes only select." : `Painting ${entry.name || entry.label}.`));
const play = new Play();
const editor = new Editor({ drawn, refused, gone });
const steps = new Steps(showStep);
const problems = new Problems(pickCell);
const resizing = new ResizeForm((edit) => editor.change(board.nextStroke(), [edit]));
const generate = new Generate(async (made) => {
  setMode("draw");
  await editor.load(made);
  announce("A new board.");
});
const text = new Text(async (pasted) => {
  await editor.load(pasted);
  setMode("draw");
}, () => ({ puzzle: editor.puzzle, line: editor.line }));
const solve = new Solve({
  question: async () => {
    await editor.settled();
    return { puzzle: editor.puzzle, board: editor.line };
  },
  begin: (question) => {
    steps.start({ ...question, ...editor.sides() });
    following = true;
    if (mode === "watch") setMode("draw");
  },
  event: (name, data) => {
    steps.add(name, data);
    if (name === "step" && following && mode !== "watch") enterWatch();
  },
  end: (result) => {
    steps.finish(result);
    if (steps.any && following) enterWatch();
  },
  pick: (place) => pickCell(place),
  copy: copyText,
});

// --- What the board shows ------------------------------------------------------------------------

/** The editor has a new picture. */
function drawn() {
  const { drawing, line, puzzle } = editor;
  if (line !== lastLine) {
    lastLine = line;
    hinted = null;
    solve.forget();
    steps.start(null);
    byId("play-verdict").hidden = true;
    showError("board-error", null);
    resizing.forget();
    announce("");
    if (mode === "watch") setMode("draw");
  }
  byId("main").hidden = false;
  store.keep(puzzle, line);
  text.show(line);
  resizing.show(drawing.grids);
  byId("mode-play").hidden = !Play.fits(info, drawing);
  if (Play.fits(info, drawing)) play.open(puzzle, drawing);
  else if (mode === "play") setMode("draw");
  render();
}

function render() {
  if (editor.drawing === null) return;
  for (const [id, modes] of Object.entries({
    "tools": "draw play", "paint-tools": "draw play", "resize": "draw", "check": "play",
    "watch-tools": "watch",
  })) byId(id).hidden = !modes.split(" ").includes(mode);
  document.querySelector('[name="mode"][value="watch"]').disabled = !steps.any;
  for (const one of document.querySelectorAll('[name="mode"]')) one.checked = one.value === mode;
  if (mode === "watch") {
    steps.paint();
    return problems.show([]);
  }
  const { drawing } = editor;
  if (mode === "draw") palette.show(drawing.palette);
  board.show(drawing, labeller(drawing.problems), false);
  if (mode === "draw") for (const edit of editor.pending) paintEdit(edit);
  else for (const cell of play.written) paintWritten(cell);
  if (hinted !== null) board.mark("hint", [hinted]);
  problems.show(drawing.problems);
  const history = mode === "draw" ? editor.history : play.history;
  byId("undo").disabled = !history.canUndo;
  byId("redo").disabled = !history.canRedo;
  byId("how").textContent = howText();
}

/** A step of the solve, with the cells that it changed. */
function showStep(drawing, changed, frame, error = null) {
  if (mode !== "watch") return;
  showError("board-error", error);
  byId("step-board").hidden = drawing !== null;
  if (drawing === null) {
    byId("step-board").textContent =
      typeof frame.board === "string" ? frame.board : JSON.stringify(frame.board);
    return;
  }
  const marks = new Set(changed.map(({ grid, row, col }) => `${grid},${row},${col}`));
  const over = drawing.grids.length === 1;  // else the answer lies beside the question
  const conflicts = labeller(over ? drawing.verdict?.conflicts ?? [] : []);
  board.show(drawing, (place, value) => {
    const isNew = marks.has(`${place.grid},${place.row},${place.col}`);
    return conflicts(place, value) + (isNew ? ", changed" : "");
  }, true);
  board.mark("given", over ? givens(editor.drawing, drawing) : []);
  board.mark("changed", changed);
}

/** A function that names a cell: "row 3, column 5: 7, conflict: ...". */
function labeller(conflicts) {
  const messages = new Map(conflicts.map((problem) =>
    [`${problem.grid ?? 0},${problem.row},${problem.col}`, problem.message]));
  return ({ grid, row, col }, value) => {
    const message = messages.get(`${grid},${row},${col}`);
    return cellText({ row, col }, value) + (message === undefined ? "" : `, conflict: ${message}`);
  };
}

const cellText = (place, value) =>
  `row ${place.row + 1}, column ${place.col + 1}: ${palette.name(value)}`;

function howText() {
  const keys = palette.entries.map(({ key }) => key).filter((key) => key !== "");
  const typed = keys.length === 0 ? "" : ` Keys: arrows, ${keys.join(" ")}, Delete.`;
  if (matchMedia("(pointer: coarse)").matches) return "Choose a value, then tap or drag.";
  return `Choose a value, then click or drag. The right button erases.${typed}`;
}

function pickCell(place) {
  if (place.grid === undefined && editor.drawing.grids.length > 1) return;  // not on this board
  board.focus({ grid: place.grid ?? 0, row: place.row, col: place.col });
}

// --- Modes ---------------------------------------------------------------------------------------

async function setMode(next) {
  mode = next;
  if (next !== "watch") byId("step-board").hidden = true;
  if (next === "play") palette.show(await play.entries(editor.drawing.palette));
  render();
}

function enterWatch() {
  setMode("watch");
  const top = byId("board-card").getBoundingClientRect().top;
  if (top < 0 || top > window.innerHeight / 2) {
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    byId("board-card").scrollIntoView({ behavior: calm ? "auto" : "smooth" });
  }
}

// --- Painting ------------------------------------------------------------------------------------

function paintCell(place, stroke, erase) {
  if (mode === "watch") return;
  const value = erase ? 0 : palette.chosen?.value;
  if (value !== undefined) setCell(place, value, stroke);
}

function boardKey(place, event) {
  if (mode === "watch" || event.ctrlKey || event.metaKey || event.altKey) return false;
  const erases = event.key === "Backspace" || event.key === "Delete";
  const paints = event.key === "Enter" || (event.key === " " && palette.byKey(" ") === undefined);
  const entry = paints ? palette.chosen : palette.byKey(event.key);
  const value = erases ? 0 : entry?.value;
  if (value === undefined) return paints;
  setCell(place, value, board.nextStroke());
  return true;
}

function setCell(place, value, stroke) {
  if (mode === "play") {
    if (!play.write(place, value, stroke)) return;
    playChanged();
    if (play.complete) check();
    return;
  }
  const edit = { ...place, value };
  editor.edit(stroke, [edit]);
  paintEdit(edit);
}

function paintEdit(edit) {
  if (edit.value === undefined) return;  // another size, not a cell
  const entry = palette.entry(edit.value);
  board.paint(edit, {
    fill: entry?.fill ?? "#f3f4f6", ink: entry?.ink ?? "#6b7280", text: entry?.label ?? "",
    label: cellText(edit, edit.value),
  });
}

function paintWritten(cell) {
  const entry = palette.entry(cell.value);
  board.paint({ grid: 0, ...cell }, {
    fill: entry?.fill ?? "#f3f4f6", ink: "#1d4ed8", text: entry?.label ?? String(cell.value),
    label: `${cellText(cell, cell.value)}, yours`, kind: "mine",
  });
}

function clearBoard() {
  if (mode === "play") {
    play.clear();
    return playChanged();
  }
  const edits = editor.drawing.grids.flatMap(({ values }, grid) => values.flatMap((line, row) =>
    line.flatMap((value, col) => (value === 0 ? [] : [{ grid, row, col, value: 0 }]))));
  const stroke = board.nextStroke();
  for (let i = 0; i < edits.length; i += 4096) editor.edit(stroke, edits.slice(i, i + 4096));
}

function travel(kind) {
  if (mode === "watch") return;
  if (mode === "draw") return editor[kind]();
  play[kind]();
  playChanged();
}

/** What was said of the answer before is not true of this one. */
function playChanged() {
  byId("play-verdict").hidden = true;
  hinted = null;
  announce("");
  render();
}

/** The server did not take what was painted: the old board is shown again. */
function refused(error) {
  if (error.name !== "AbortError") showError("board-error", error);
}

// --- Hints and checks ----------------------------------------------------------------------------

// Whether the board that was asked about is still the one that is shown.
function isStill(asked) {
  const now = asked.answer === undefined ? { puzzle: editor.puzzle, board: editor.line } : play.body;
  return JSON.stringify(asked) === JSON.stringify(now);
}

async function hint() {
  showError("board-error", null);
  try {
    await editor.settled();
    const body = mode === "play" ? play.body : { puzzle: editor.puzzle, board: editor.line };
    const found = await post("hint", body);
    if (!isStill(body)) return;
    hinted = editor.drawing.grids.length > 1 ? null : { grid: 0, row: found.row, col: found.col };
    render();
    if (hinted !== null) board.focus(hinted);
    const what = found.label || found.name || palette.name(found.value);
    announce(sentence(`${placeText(found)}: ${what}. ${sentence(found.reason)}`));
  } catch (error) {
    showError("board-error", error);
  }
}

async function check() {
  showError("board-error", null);
  try {
    const body = play.body;
    const verdict = await post("check", body);
    if (!isStill(body)) return;
    showVerdict(byId("play-verdict"), verdict, pickCell);
    board.mark("wrong", verdict.conflicts);
    announce(verdict.verified ? "Solved: the rules hold." :
      `Not solved yet: ${plural(verdict.conflicts.length, "conflict")}.`);
  } catch (error) {
    showError("board-error", error);
  }
}

// --- Puzzles -------------------------------------------------------------------------------------

async function openPuzzle(name, wantedBoard = null) {
  const found = puzzles.find((one) => one.name === name);
  info = found ?? puzzles[0];
  byId("puzzle").value = info.name;
  document.title = `${info.title} \u2013 trm`;
  byId("board-title").textContent = info.title;
  byId("summary").textContent = info.summary;
  byId("rules").textContent = info.rules;
  byId("hint").hidden = false;
  lastLine = null;
  setMode("draw");
  solve.open(info, models);
  generate.open(info);
  text.open(info);
  const own = found === undefined ? null : wantedBoard;
  const trouble = found === undefined && name !== null ?
    new Error(`there is no puzzle "${name}" here`) : null;
  await openFirst([own, store.keptBoard(info.name), info.forms[0].example], trouble);
}

/** The first board that can be read; what is wrong with one that cannot is said. */
async function openFirst(boards, trouble) {
  for (const one of boards.filter((each) => each !== null)) {
    try {
      await editor.open(info.name, one);
      break;
    } catch (error) {
      if (error.name === "AbortError") return;
      trouble ??= error;
      byId("text").value = one;
    }
  }
  if (trouble === null) return;
  byId("main").hidden = false;
  showError("board-error", trouble);
}

async function showVersion() {
  const [{ version }, props] = await Promise.all([get("health"), get("props")]);
  solve.serverFits(props.fits);
  byId("version").replaceChildren(`trm_server ${version}, backend ${props.backend}. `,
    el("a", { href: "openapi.json" }, "OpenAPI"));
}

function listen() {
  byId("puzzle").addEventListener("change", ({ target }) => openPuzzle(target.value));
  for (const input of document.querySelectorAll('[name="mode"]')) {
    input.addEventListener("change", () => {
      following = false;
      announce("");
      setMode(input.value);
    });
  }
  byId("undo").addEventListener("click", () => travel("undo"));
  byId("redo").addEventListener("click", () => travel("redo"));
  byId("clear").addEventListener("click", clearBoard);
  byId("hint").addEventListener("click", hint);
  byId("check").addEventListener("click", check);
  byId("banner-retry").addEventListener("click", () => editor.retry());
  byId("skip").addEventListener("click", (event) => {
    event.preventDefault();  // the address belongs to the board
    byId("board-card").focus();
  });
  document.addEventListener("keydown", shortcut);
  window.addEventListener("hashchange", () => {
    const { puzzle, board: line } = store.wanted();
    if (puzzle !== editor.puzzle || line !== editor.line) openPuzzle(puzzle, line);
  });
}

function shortcut(event) {
  if (!(event.ctrlKey || event.metaKey) || event.altKey || isTextField(event.target)) return;
  const key = event.key.toLowerCase();
  const kind = key === "z" ? (event.shiftKey ? "redo" : "undo") : key === "y" ? "redo" : null;
  if (kind === null) return;
  event.preventDefault();
  travel(kind);
}

async function start() {
  onKeyNeeded(askForKey);
  listen();
  const asked = store.wanted();
  [{ puzzles }, { models }] = await Promise.all([
    persist(() => get("puzzles")), persist(() => get("models"))]);
  setOptions(byId("puzzle"), puzzles.map(({ name, title }) => ({ value: name, text: title })));
  await openPuzzle(asked.puzzle, asked.board);
  await showVersion();
}

start().catch((error) => {
  byId("main").hidden = false;
  showError("board-error", error);
});
