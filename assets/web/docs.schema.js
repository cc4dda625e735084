// Schemas in words: types as links, ranges, defaults, members as a list.

import { el } from "./dom.js";

let document_ = null;

/** The document whose references are meant from now on. */
export function use(doc) { document_ = doc; }

/** What a reference inside the document stands for. */
export function resolve(doc, value) {
  let found = value;
  while (found?.$ref !== undefined) {
    found = found.$ref.slice(2).split("/")
      .map((part) => decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~"))
      .reduce((place, part) => place?.[part], doc);
  }
  return found;
}

/** `code` and paragraphs, as the descriptions of the document use them. */
export function prose(text = "") {
  return text.split("\n\n").map((paragraph) => el("p", {}, ...inline(paragraph)));
}

export function inline(text = "") {
  return text.split("`").map((part, i) => (i % 2 === 1 ? el("code", {}, part) : part));
}

const nameOf = (ref) => ref.split("/").pop();
export const anchorOf = (ref) => `schema-${nameOf(ref)}`;

const literal = (value) => el("code", {}, JSON.stringify(value));

function joined(parts, word) {
  return parts.flatMap((part, i) => {
    if (i === 0) return part;
    return [i === parts.length - 1 ? ` ${word} ` : ", ", ...part];
  });
}

/** The type of a schema as nodes: "array of Board", "1 or null". */
export function typeOf(schema) {
  if (schema.$ref !== undefined) {
    return [el("a", { href: `#${anchorOf(schema.$ref)}` }, nameOf(schema.$ref))];
  }
  if (schema.const !== undefined) return [literal(schema.const)];
  if (schema.enum !== undefined) return joined(schema.enum.map((one) => [literal(one)]), "or");
  const alternatives = schema.type === undefined && (schema.oneOf ?? schema.anyOf);
  if (alternatives) return joined(alternatives.map((one) => [...typeOf(one)]), "or");
  if (schema.type === "array") return ["array of ", ...plainOf(schema.items ?? {})];
  if (Array.isArray(schema.type)) return [schema.type.join(" or ")];
  return [schema.type ?? "any JSON"];
}

// "array of 0 to 255" would leave out what it is; "array of string or array" needs brackets.
function plainOf(schema) {
  const type = typeOf(schema);
  return type.length > 1 && schema.type === undefined ? ["(", ...type, ")"] : type;
}

// JavaScript rounds the greatest whole number of 64 bits.
const written = (number) => (number === 2 ** 63 ? "2^63 - 1" : String(number));

function range(low, high, unit) {
  const words = unit === "" ? "" : ` ${(high ?? low) === 1 ? unit : `${unit}s`}`;
  if (low !== undefined && high !== undefined) {
    return low === high ? `${low}${words}` : `${written(low)} to ${written(high)}${words}`;
  }
  if (high !== undefined) return `up to ${written(high)}${words}`;
  return unit === "" ? `from ${low}` : `at least ${low}${words}`;
}

/** What a value is limited to, and its default: a list of texts. */
export function factsOf(schema) {
  const facts = [];
  const limits = [["minimum", "maximum", ""], ["minLength", "maxLength", "character"],
    ["minItems", "maxItems", "element"], ["minProperties", "maxProperties", "member"]];
  for (const [low, high, unit] of limits) {
    if (schema[low] === undefined && schema[high] === undefined) continue;
    facts.push(range(schema[low], schema[high], unit));
  }
  if (schema.type === "array" && !["array", undefined].includes(schema.items?.type)) {
    facts.push(...factsOf(schema.items).map((fact) => ["each ", fact].flat()));
  }
  if (schema.pattern !== undefined) facts.push(["matches ", el("code", {}, schema.pattern)]);
  if (schema.contentMediaType !== undefined) facts.push(schema.contentMediaType);
  if (schema.contentSchema !== undefined) facts.push(typeOf(schema.contentSchema));
  if (schema.default !== undefined) facts.push(["default ", literal(schema.default)]);
  return facts;
}

function factLine(schema) {
  const facts = factsOf(schema).flatMap((fact) => [" · ", ...[fact].flat()]);
  return el("span", { class: "type" }, ...typeOf(schema), ...facts);
}

/** A schema with all that it says: description, members, alternatives. References stay links. */
export function describe(schema) {
  const parts = [];
  if (schema.$ref !== undefined) {
    return [el("p", { class: "type" }, ...typeOf(schema)), ...prose(schema.description)];
  }
  parts.push(...prose(schema.description));
  const alternatives = schema.oneOf ?? schema.anyOf;
  if (schema.properties !== undefined) {
    parts.push(members(schema));
  } else if (alternatives === undefined) {
    parts.push(el("p", {}, factLine(schema)));
  }
  if (alternatives !== undefined && schema.type === undefined) {
    parts.push(el("ul", { class: "alternatives" }, ...alternatives.map(alternative)));
  }
  if (schema.items !== undefined && inner(schema.items)) {
    parts.push(el("div", { class: "inner" }, ...describe(schema.items)));
  }
  if (typeof schema.additionalProperties === "object") {
    parts.push(el("p", { class: "type" }, "each member: ", ...typeOf(schema.additionalProperties)));
  }
  return parts;
}

// Whether a nested schema says more than its type.
const inner = (schema) => schema.properties !== undefined ||
  (schema.type === undefined && schema.oneOf?.some((one) => one.description !== undefined));

function alternative(schema) {
  const title = schema.title === undefined ? [] : [el("strong", {}, schema.title)];
  if (schema.properties !== undefined) return el("li", {}, ...title, ...describe(schema));
  const text = schema.description === undefined ? [] : [" \u2013 ", ...inline(schema.description)];
  const parts = [...title, factLine(schema), ...text];
  if (schema.items !== undefined && inner(schema.items)) parts.push(...describe(schema.items));
  return el("li", {}, ...parts);
}

function members(schema) {
  const rows = Object.entries(schema.properties).map(([name, field]) =>
    row(name, field, schema.required?.includes(name)));
  if (rows.length === 0) return el("p", { class: "note" }, "No members.");
  return el("dl", { class: "members" }, ...rows);
}

/** A member or a parameter: name, type, limits, meaning. */
export function row(name, schema, required, description = schema.description, prefix = "") {
  const meant = description ?? resolve(document_, schema).description;
  const term = el("dt", {}, el("code", {}, name),
    required ? el("span", { class: "required" }, "required") : null);
  const meaning = el("dd", {}, el("span", { class: "type" }, prefix), factLine(schema),
    meant === undefined ? null : el("p", {}, ...inline(meant)));
  if (schema.$ref === undefined) {
    if (schema.properties !== undefined) meaning.append(members(schema));
    if (schema.items !== undefined && inner(schema.items)) {
      meaning.append(el("div", { class: "inner" }, ...describe(schema.items)));
    }
    if (typeof schema.additionalProperties === "object") {
      meaning.append(el("p", { class: "type" }, "each member: ",
        ...typeOf(schema.additionalProperties)));
    }
  }
  return el("div", { class: "member" }, term, meaning);
}

const WIDTH = 88;

/** JSON for people: indented, but what fits on a line stays on it. */
export function pretty(value, indent = "", room = WIDTH) {
  const flat = flatText(value);
  if (value === null || typeof value !== "object" || flat.length <= room) return flat;
  const deeper = `${indent}  `;
  const list = Array.isArray(value);
  const parts = Object.entries(value).map(([key, one]) => {
    const name = list ? "" : `${JSON.stringify(key)}: `;
    return deeper + name + pretty(one, deeper, WIDTH - deeper.length - name.length - 1);
  });
  return `${list ? "[" : "{"}\n${parts.join(",\n")}\n${indent}${list ? "]" : "}"}`;
}

function flatText(value) {
  if (Array.isArray(value)) return `[${value.map(flatText).join(", ")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const parts = Object.entries(value).map(([key, one]) =>
    `${JSON.stringify(key)}: ${flatText(one)}`);
  return parts.length === 0 ? "{}" : `{ ${parts.join(", ")} }`;
}
