// Where a board outlives a reload: in the address, and in the tab's storage when it is too long.

import { read, write } from "./storage.js";

const LONGEST_HASH = 2000;

const slot = (puzzle) => `trm.board.${puzzle}`;

function hashOf(puzzle, line) {
  const full = new URLSearchParams({ puzzle, board: line }).toString();
  return full.length <= LONGEST_HASH ? full : null;
}

/** Keeps the board; the address shows it if it is short enough. */
export function keep(puzzle, line) {
  write(slot(puzzle), line);
  write("trm.puzzle", puzzle);
  const hash = hashOf(puzzle, line) ?? new URLSearchParams({ puzzle }).toString();
  history.replaceState(null, "", `#${hash}`);
}

/** A link that opens this board anywhere; null if the board is too long for one. */
export function link(puzzle, line) {
  const hash = hashOf(puzzle, line);
  return hash === null ? null : `${location.href.split("#")[0]}#${hash}`;
}

/** {puzzle, board}, either may be null: what the address asks for, else what was open last. */
export function wanted() {
  const hash = new URLSearchParams(location.hash.slice(1));
  const puzzle = hash.get("puzzle") ?? read("trm.puzzle");
  return { puzzle, board: hash.get("board") };
}

export const keptBoard = (puzzle) => read(slot(puzzle));
