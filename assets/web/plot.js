// Small pictures of one number by step. A click picks a step; the slider does the same by keys.

import { svgEl } from "./dom.js";

const WIDTH = 320;
const HEIGHT = 84;
const LEFT = 34;
const RIGHT = 8;
const TOP = 8;
const BOTTOM = 18;

const inner = { width: WIDTH - LEFT - RIGHT, height: HEIGHT - TOP - BOTTOM };

/** Draws values into a place; `at` is the marked step, onPick(i) is called for a click. */
export function plot(place, { name, values, top, text, at, onPick }) {
  const x = (i) => LEFT + (values.length < 2 ? inner.width / 2
    : (i / (values.length - 1)) * inner.width);
  const y = (value) => TOP + inner.height * (1 - value / (top || 1));
  const label = values.length === 0 ? `${name}: no steps yet`
    : `${name} by step, from ${text(values[0])} to ${text(values.at(-1))}`;
  const svg = svgEl("svg", {
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "plot", role: "img", "aria-label": label,
  });
  svg.append(...axes(values.length, top, text, x, y));
  if (values.length > 0) {
    const points = values.map((value, i) => `${x(i).toFixed(1)},${y(value).toFixed(1)}`);
    svg.append(svgEl("polyline", { class: "curve", points: points.join(" ") }));
    if (values.length <= 64) svg.append(...dots(points));
    svg.append(
      svgEl("line", { class: "marker", x1: x(at), x2: x(at), y1: TOP, y2: HEIGHT - BOTTOM }),
      svgEl("circle", { class: "here", cx: x(at), cy: y(values[at]), r: 4.5 }));
  }
  svg.addEventListener("click", (event) => {
    if (values.length === 0) return;
    const box = svg.getBoundingClientRect();
    const share = (((event.clientX - box.left) / box.width) * WIDTH - LEFT) / inner.width;
    onPick(Math.min(values.length - 1, Math.max(0, Math.round(share * (values.length - 1)))));
  });
  place.replaceChildren(svg);
}

function dots(points) {
  return points.map((point) => {
    const [cx, cy] = point.split(",");
    return svgEl("circle", { class: "dot", cx, cy, r: 2 });
  });
}

function axes(count, top, text, x, y) {
  const lines = [0, top].map((value) => svgEl("line", {
    class: "axis", x1: LEFT, x2: WIDTH - RIGHT, y1: y(value), y2: y(value),
  }));
  const heights = [...new Set([0, top])].map((value) =>
    svgEl("text", { class: "tick", x: LEFT - 6, y: y(value) + 3.5, "text-anchor": "end" },
      text(value)));
  const ends = count < 2 ? [] : [0, count - 1].map((i) =>
    svgEl("text", { class: "tick", x: x(i), y: HEIGHT - 4, "text-anchor": i ? "end" : "start" },
      `step ${i + 1}`));
  return [...lines, ...heights, ...ends];
}
