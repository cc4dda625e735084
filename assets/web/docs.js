// The page of the API: reads openapi.json and shows it. Nothing here knows an address by name.

import { byId, el } from "./dom.js";
import { anchorOf, describe, inline, pretty, prose, resolve, row, use } from "./docs.schema.js";
import { takeKey, tryForm } from "./docs.try.js";
import { storedKey } from "./storage.js";

const METHODS = ["get", "post", "put", "patch", "delete"];

async function start() {
  byId("banner").hidden = true;
  let doc;
  try {
    const reply = await fetch("openapi.json", { credentials: "omit" });
    if (!reply.ok) throw new Error(`the server answers ${reply.status}`);
    doc = await reply.json();
  } catch (error) {
    byId("banner-text").textContent = `openapi.json cannot be read: ${error.message}.`;
    byId("banner").hidden = false;
    return;
  }
  show(doc);
}

/** All operations as {path, method, parameters, operation}. */
function addresses(doc) {
  return Object.entries(doc.paths).flatMap(([path, item]) =>
    METHODS.filter((method) => item[method] !== undefined).map((method) => {
      const operation = item[method];
      const parameters = [...(item.parameters ?? []), ...(operation.parameters ?? [])]
        .map((parameter) => resolve(doc, parameter));
      return { path, method, parameters, operation };
    }));
}

function show(doc) {
  use(doc);
  const all = addresses(doc);
  const common = commonReplies(all);
  showIntro(doc);
  const main = byId("main");
  for (const tag of doc.tags) {
    const own = all.filter(({ operation }) => operation.tags.includes(tag.name));
    const id = `tag-${tag.name}`;
    main.append(el("section", { "aria-labelledby": id, class: "group" },
      el("h2", { id }, tag.name), ...prose(tag.description),
      ...own.map((address) => article(doc, address, common))));
  }
  main.append(commonSection(doc, common), schemaSection(doc));
  showContents(doc, all);
  prepareSearch();
  goToHash();
}

function showIntro(doc) {
  byId("intro").append(el("h2", {}, doc.info.summary), ...prose(doc.info.description),
    el("p", {}, "Addresses begin with ", ...doc.servers.flatMap(({ url, description }, i) =>
      [i > 0 ? " or " : "", el("code", {}, url), ` (${description})`]), "."),
    ...Object.values(doc.components.securitySchemes).flatMap((scheme) =>
      [el("h3", {}, "Keys"), el("p", {}, el("code", {}, "Authorization: Bearer KEY"), ": ",
        ...inline(scheme.description))]));
}

const badge = (method) => el("span", { class: `method ${method}` }, method.toUpperCase());
const anchor = ({ operation }) => operation.operationId;

function article(doc, address, common) {
  const { path, method, operation, parameters } = address;
  const security = operation.security ?? doc.security;
  const keys = security.length === 0 ? "never needs a key"
    : security.some((one) => Object.keys(one).length === 0) ? null : "always needs a key";
  const id = anchor(address);
  const { line, form } = tryForm(doc, address);
  return el("article", { id, class: "card", tabindex: "-1", "aria-labelledby": `${id}-title` },
    el("h3", { id: `${id}-title` }, badge(method), " ", el("code", {}, path),
      el("a", { class: "permalink", href: `#${id}`, "aria-label": `Link to ${path}` }, "#")),
    el("p", { class: "summary" }, operation.summary,
      keys === null ? null : el("span", { class: "tagged" }, keys)),
    ...prose(operation.description), line,
    el("details", { class: "tryout" }, el("summary", {}, "Try it"), form),
    ...parameterPart(parameters), ...bodyPart(doc, operation),
    ...replyPart(doc, operation, common));
}

function parameterPart(parameters) {
  if (parameters.length === 0) return [];
  const rows = parameters.map((one) =>
    row(one.name, one.schema, one.required, one.description, `${one.in} · `));
  return [el("h4", {}, "Parameters"), el("dl", { class: "members" }, ...rows)];
}

function bodyPart(doc, operation) {
  return Object.entries(operation.requestBody?.content ?? {}).flatMap(([kind, media]) => [
    el("h4", {}, "Request ", el("span", { class: "note" }, kind)),
    ...describe(resolve(doc, media.schema)), ...alternativesNote(doc, media.schema),
    ...exampleList(media)]);
}

// Which members exclude each other: oneOf beside properties.
function alternativesNote(doc, schema) {
  const { oneOf = [], properties } = resolve(doc, schema);
  const names = oneOf.map((one) => one.required ?? []);
  if (properties === undefined || names.length < 2) return [];
  if (names.some((required) => required.length === 0)) return [];
  return [el("p", {}, "Exactly one of ", ...names.flatMap((required, i) =>
    [i > 0 ? ", " : "", el("code", {}, required.join(" and "))]), ".")];
}

function exampleList(media) {
  const named = Object.values(media.examples ?? {});
  const all = media.example === undefined ? named : [{ summary: "Example", value: media.example }];
  if (all.length === 0) return [];
  return [el("div", { class: "examples" }, ...all.map(({ summary, value }) =>
    el("details", {}, el("summary", {}, summary ?? "Example"),
      el("pre", { tabindex: "0" }, typeof value === "string" ? value : pretty(value)))))];
}

// Replies that most addresses share: they are shown once.
function commonReplies(all) {
  const counts = new Map();
  for (const { operation } of all) {
    for (const [status, reply] of Object.entries(operation.responses)) {
      const key = `${status} ${reply.$ref}`;
      if (reply.$ref !== undefined) counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  }
  return new Set([...counts].filter(([, count]) => count === all.length).map(([key]) => key));
}

function replyPart(doc, operation, common) {
  const entries = Object.entries(operation.responses);
  const own = entries.filter(([status, reply]) => !common.has(`${status} ${reply.$ref}`));
  return [el("h4", {}, "Replies"),
    el("div", { class: "replies" }, ...own.map(([status, reply]) => replyDetails(doc, status, reply))),
    el("p", { class: "note" }, "And ", el("a", { href: "#common" }, "what every address may answer"), ".")];
}

function replyDetails(doc, status, reference) {
  const reply = resolve(doc, reference);
  const headers = Object.entries(reply.headers ?? {}).map(([name, header]) => {
    const whole = resolve(doc, header);
    return row(name, whole.schema, false, whole.description);
  });
  const kinds = Object.entries(reply.content ?? {}).flatMap(([kind, media]) => [
    el("h5", {}, kind), ...describe(bodySchema(doc, media.schema)), ...exampleList(media)]);
  const links = Object.values(reply.links ?? {}).map((link) =>
    el("li", {}, el("a", { href: `#${link.operationId}` }, link.description)));
  return el("details", { class: "reply-details" },
    el("summary", {}, el("span", { class: `status s${status[0]}` }, status), " ",
      el("span", {}, ...inline(reply.description))),
    ...kinds,
    ...(headers.length > 0 ? [el("h5", {}, "Headers"), el("dl", { class: "members" }, ...headers)] : []),
    ...(links.length > 0 ? [el("h5", {}, "Next"), el("ul", {}, ...links)] : []));
}

// A reply's own members are shown where it stands; the one shape of errors stays a link.
function bodySchema(doc, schema) {
  const whole = resolve(doc, schema);
  return schema.$ref?.endsWith("/Error") ? schema : whole;
}

function commonSection(doc, common) {
  const entries = [...common].map((key) => key.split(" ")).sort();
  return el("section", { id: "common", class: "group", "aria-labelledby": "common-title" },
    el("h2", { id: "common-title" }, "Every address"),
    el("p", {}, "These replies may come from any address."),
    el("div", { class: "card" }, el("div", { class: "replies" },
      ...entries.map(([status, $ref]) => replyDetails(doc, status, { $ref })))));
}

function schemaSection(doc) {
  const schemas = Object.entries(doc.components.schemas)
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([name, schema]) => {
      const id = anchorOf(name);
      return el("details", { id, class: "card schema" },
        el("summary", {}, el("h3", {}, name)), ...describe(schema), ...alternativesNote(doc, schema));
    });
  return el("section", { id: "schemas", class: "group", "aria-labelledby": "schemas-title" },
    el("h2", { id: "schemas-title" }, "Schemas"), ...schemas);
}

function showContents(doc, all) {
  const entry = (href, ...content) => el("li", {}, el("a", { href }, ...content));
  const groups = doc.tags.flatMap((tag) => [
    el("h2", {}, tag.name),
    el("ul", {}, ...all.filter(({ operation }) => operation.tags.includes(tag.name))
      .map((address) => entry(`#${anchor(address)}`, badge(address.method), " ", address.path)))]);
  byId("nav").append(...groups, el("h2", {}, "More"),
    el("ul", {}, entry("#common", "Every address"), entry("#schemas", "Schemas")));
}

// Shows the addresses and schemas that have all the words.
function prepareSearch() {
  const targets = [...document.querySelectorAll("#main article, #main .schema")]
    .map((element) => ({ element, text: element.textContent.toLowerCase() }));
  const search = () => {
    const words = byId("search").value.toLowerCase().split(/\s+/).filter((word) => word !== "");
    let found = 0;
    for (const { element, text } of targets) {
      element.hidden = !words.every((word) => text.includes(word));
      if (!element.hidden) ++found;
    }
    for (const link of document.querySelectorAll("#nav li")) {
      const target = document.getElementById(link.firstChild.hash.slice(1));
      link.hidden = target !== null && target.hidden;
    }
    for (const group of document.querySelectorAll("#main .group")) {
      const own = [...group.querySelectorAll("article, .schema")];
      group.hidden = own.length > 0 && own.every((one) => one.hidden);
    }
    for (const list of document.querySelectorAll("#nav ul")) {
      const empty = [...list.children].every((item) => item.hidden);
      list.previousElementSibling.hidden = empty;
    }
    byId("intro").hidden = words.length > 0;
    if (words.length > 0 && desk.matches) byId("main").scrollIntoView({ block: "start" });
    byId("found").textContent = words.length === 0 ? "" : `${found} found`;
  };
  byId("search").addEventListener("input", search);
  addEventListener("hashchange", goToHash);
  document.addEventListener("keydown", (event) => {
    const typing = event.target.matches("input, textarea, select");
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    byId("search").focus();
  });
}

// What the address points to: open, in sight, and with the focus.
function goToHash() {
  let id = location.hash.slice(1);
  try {
    id = decodeURIComponent(id);
  } catch {
    /* no address of ours: taken as it is */
  }
  const target = document.getElementById(id);
  if (target === null || target.id === "main") return;
  if (target.hidden) {
    byId("search").value = "";
    byId("search").dispatchEvent(new Event("input"));
  }
  if (target instanceof HTMLDetailsElement) target.open = true;
  target.scrollIntoView({ block: "start" });
  const focused = target instanceof HTMLDetailsElement ? target.querySelector("summary") : target;
  focused.focus({ preventScroll: true });
}

function showKey() {
  byId("key-note").textContent = storedKey() === null
    ? "Only if the server wants one. It stays in this tab."
    : "A key is used. An empty field forgets it.";
  byId("key-box").classList.remove("wanted");
}

byId("key-form").addEventListener("submit", (event) => {
  event.preventDefault();
  if (takeKey(byId("key").value.trim())) {
    byId("key").value = "";
  } else {
    byId("key-note").textContent = "A key has letters, digits and -._~+/= only.";
  }
});
document.addEventListener("key", showKey);
byId("banner-retry").addEventListener("click", start);
// On a phone the list of addresses is folded, on a desk it always stands there.
const desk = matchMedia("(min-width: 60rem)");
const foldContents = () => { byId("contents").open = desk.matches; };
desk.addEventListener("change", foldContents);
foldContents();
showKey();
start();
