// Small helpers for the document. Data enters it as text only, never as markup.

export const byId = (id) => document.getElementById(id);

/** An element with attributes and children; strings become text. null and false leave out. */
export function el(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** The same for SVG. */
export function svgEl(tag, attributes = {}, ...children) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** The options of a select; keeps what was chosen if it is still there. */
export function setOptions(select, options) {
  const before = select.value;
  select.replaceChildren(
    ...options.map(({ value, text }) => el("option", { value }, text)));
  if (options.some(({ value }) => value === before)) select.value = before;
}

/** Says something in the page's one polite live region. */
export function announce(text) {
  byId("status").textContent = text;
}

/** Shows an error in words at a place; null clears it. */
export function showError(place, error) {
  const element = typeof place === "string" ? byId(place) : place;
  element.textContent = error === null ? "" : sentence(error.message ?? String(error));
}

/** With a capital letter and a full stop, as the API's messages have neither. */
export function sentence(text) {
  const trimmed = text.trim();
  if (trimmed === "") return "";
  const first = trimmed[0].toUpperCase() + trimmed.slice(1);
  return /[.!?:]$/.test(first) ? first : `${first}.`;
}

export const plural = (count, one, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;

/** Whether keys typed at an element belong to its own text. */
export function isTextField(element) {
  if (!(element instanceof HTMLElement)) return false;
  if (element instanceof HTMLTextAreaElement) return true;
  return element instanceof HTMLInputElement &&
    !["radio", "checkbox", "range", "button", "submit"].includes(element.type);
}
