// The form under each address: sends a request, shows its curl line and the reply.

import { byId, el } from "./dom.js";
import { pretty, resolve } from "./docs.schema.js";
import { isKey, storedKey, storeKey } from "./storage.js";

const LONGEST = 200_000; // characters of a reply that are shown

/** Keeps the key for all forms, here and on the page to draw and solve. False: it cannot be one. */
export function takeKey(key) {
  if (key !== "" && !isKey(key)) return false;
  storeKey(key);
  document.dispatchEvent(new Event("key"));
  return true;
}

const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;
const isPlain = (text) => /^[\w.:/@%+-]+$/.test(text);

let forms = 0;
let waiting = null; // the form that goes out again when there is a key

const copyOf = (id) => byId(id).content.cloneNode(true).firstElementChild;

/** The curl line of an operation {path, method, parameters, operation}, and the form that makes it. */
export function tryForm(doc, address) {
  const form = copyOf("try-form");
  const line = copyOf("curl-line");
  const find = (name) => form.querySelector(`.${name}`);
  const curl = line.querySelector(".curl");
  const number = ++forms;
  const inputs = address.parameters.map((parameter) => parameterInput(parameter, number));
  find("inputs").append(...inputs.map(({ field }) => field));
  const media = address.operation.requestBody?.content["application/json"];
  if (media !== undefined) bodyInput(find, media, number);

  const request = () => requestOf(address, inputs, media && find("body").value);
  const show = () => { curl.textContent = curlLine(request()); };
  for (const kind of ["input", "change"]) form.addEventListener(kind, show);
  document.addEventListener("key", show);
  show();
  line.querySelector(".copy").addEventListener("click", (event) => copy(curl, event.target));
  find("body").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(doc, address, find, request());
  });
  return { line, form };
}

// Path parameters are texts, a boolean of the query is a choice.
function parameterInput(parameter, number) {
  const id = `try-${number}-${parameter.name}`;
  const choice = parameter.schema.type === "boolean";
  const input = choice
    ? el("select", { id }, ...["false", "true"].map((value) => el("option", { value }, value)))
    : el("input", { id, type: "text", autocomplete: "off", spellcheck: "false" });
  input.dataset.parameter = parameter.name;
  const examples = Object.values(parameter.examples ?? {}).map((one) => one.value);
  if (!choice && examples.length > 0) input.value = examples[0];
  if (choice) input.value = String(parameter.schema.default ?? false);
  const field = el("div", { class: "row" }, el("label", { for: id }, parameter.name), input);
  return { parameter, input, field };
}

function bodyInput(find, media, number) {
  const names = Object.keys(media.examples ?? {});
  const text = (name) => pretty(media.examples[name].value, "", 60);
  find("body-input").hidden = false;
  for (const name of ["example", "body"]) {
    find(name).id = `try-${number}-${name}`;
    find(`${name}-label`).htmlFor = find(name).id;
  }
  find("example").append(...names.map((name) =>
    el("option", { value: name }, media.examples[name].summary ?? name)));
  const fill = () => {
    find("body").value = text(find("example").value);
    find("body").rows = Math.min(20, Math.max(3, find("body").value.split("\n").length + 1));
  };
  find("example").addEventListener("change", fill);
  if (names.length > 0) fill();
}

function requestOf(address, inputs, body) {
  let path = address.path;
  const query = new URLSearchParams();
  for (const { parameter, input } of inputs) {
    if (parameter.in === "path") {
      path = path.replace(`{${parameter.name}}`, encodeURIComponent(input.value));
    } else if (input.value !== String(parameter.schema.default ?? "")) {
      query.set(parameter.name, input.value);
    }
  }
  const text = query.toString();
  const kinds = Object.keys(address.operation.responses["200"]?.content ?? {});
  const streams = kinds.includes("text/event-stream") && (kinds.length === 1 || text !== "");
  const url = new URL(`.${path}${text === "" ? "" : `?${text}`}`, document.baseURI);
  return { url: url.href, method: address.method.toUpperCase(), body, streams };
}

function curlLine({ url, method, body, streams }) {
  const words = ["curl"];
  if (streams) words.push("--no-buffer");
  if (storedKey() !== null) words.push('--header "Authorization: Bearer $KEY"');
  if (body !== undefined) words.push("--json", quoted(compact(body)));
  if (method !== "GET" && body === undefined) words.push("--request", method);
  return [...words, isPlain(url) ? url : quoted(url)].join(" ");
}

// One line, as long as it is JSON; else as it was typed, so that a mistake shows.
function compact(text) {
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    return text;
  }
}

async function copy(element, button) {
  try {
    await navigator.clipboard.writeText(element.textContent);
    button.textContent = "Copied";
  } catch { // not allowed here: selected, so that the keyboard can copy it
    getSelection().selectAllChildren(element);
    button.textContent = "Selected";
  }
  setTimeout(() => { button.textContent = "Copy"; }, 1500);
}

async function send(doc, address, find, request) {
  const stop = new AbortController();
  const outcome = find("outcome");
  const started = performance.now();
  let how = "";
  find("stop").onclick = () => stop.abort();
  find("stop").hidden = false;
  outcome.className = "outcome";
  outcome.textContent = "Sent …";
  clear(find);
  try {
    const reply = await fetch(request.url, options(request, stop.signal));
    how = `${reply.status} ${reply.statusText}`.trim();
    outcome.classList.add(reply.ok ? "good" : "bad");
    outcome.textContent = how;
    const length = await showReply(doc, address, find, reply);
    const time = Math.round(performance.now() - started);
    outcome.textContent = [how, `${time} ms`, `${length} characters`,
      `request ${reply.headers.get("X-Request-Id") ?? "unknown"}`].join(" · ");
    if (reply.status === 401) wantKey(find);
  } catch (error) {
    const why = error.name === "AbortError" ? "stopped" : "the server does not answer";
    outcome.className = "outcome bad";
    outcome.textContent = how === "" ? why : `${how} · ${why}`;
  } finally {
    find("stop").hidden = true;
  }
}

function options({ method, body }, signal) {
  const headers = {};
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (storedKey() !== null) headers.Authorization = `Bearer ${storedKey()}`;
  return { method, body, headers, signal, cache: "no-store", credentials: "omit" };
}

function clear(find) {
  find("answer").hidden = true;
  find("reply").textContent = "";
  find("links").replaceChildren();
  find("pictures").replaceChildren();
}

// Shows the reply; its length. What is no JSON is shown as it comes.
async function showReply(doc, address, find, reply) {
  const kind = (reply.headers.get("Content-Type") ?? "").split(";")[0];
  find("answer").hidden = false;
  const documented = resolve(doc, address.operation.responses[reply.status] ?? {});
  if (kind !== "application/json") return showText(find("reply"), reply);
  const text = await reply.text();
  const value = parsed(text);
  find("reply").textContent = cut(value === undefined ? text : pretty(value));
  if (value !== undefined) {
    showLinks(documented?.links ?? {}, find("links"), value);
    const schema = documented?.content?.[kind]?.schema;
    if (schema !== undefined) showPictures(resolve(doc, schema), find("pictures"), value);
  }
  return text.length;
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const cut = (text) => (text.length <= LONGEST ? text :
  `${text.slice(0, LONGEST)}\n… ${text.length - LONGEST} characters more`);

async function showText(element, reply) {
  const reader = reply.body.getReader();
  const decoder = new TextDecoder();
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) {
      if (length > LONGEST) element.append(`\n… ${length - LONGEST} characters more`);
      return length;
    }
    const text = decoder.decode(value, { stream: true });
    if (length < LONGEST) element.append(text.slice(0, LONGEST - length));
    length += text.length;
  }
}

// OpenAPI links: addresses that take something of this reply, which is put into their forms.
function showLinks(links, place, value) {
  for (const link of Object.values(links)) {
    const anchor = el("a", { href: `#${link.operationId}` }, link.description ?? link.operationId);
    anchor.addEventListener("click", () => {
      byId(link.operationId)?.querySelector(".tryout")?.setAttribute("open", "");
    });
    for (const [name, expression] of Object.entries(link.parameters ?? {})) {
      fill(link.operationId, name, pointed(value, expression));
    }
    place.append(anchor, " ");
  }
}

const pointed = (value, expression) => expression.replace("$response.body#/", "").split("/")
  .reduce((place, part) => place?.[part], value);

function fill(operationId, name, value) {
  const input = byId(operationId)?.querySelector(`[data-parameter="${name}"]`);
  if (!input) return;
  input.value = value;
  input.dispatchEvent(new Event("input", { bubbles: true }));
}

// Members that the schema calls pictures. An image runs no scripts.
function showPictures(schema, place, value) {
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    if (field.contentMediaType !== "image/svg+xml" || typeof value[name] !== "string") continue;
    place.append(el("img", { alt: name,
      src: `data:image/svg+xml;charset=utf-8,${encodeURIComponent(value[name])}` }));
  }
}

// The key is asked for where it is kept for all forms; with it the request goes out again.
function wantKey(find) {
  const form = find("outcome").closest("form");
  byId("key-note").textContent = storedKey() === null
    ? "This server wants a key." : "The server does not know this key.";
  byId("key-box").classList.add("wanted");
  byId("key-box").open = true;
  byId("key").focus();
  waiting?.abort();
  waiting = new AbortController();
  document.addEventListener("key", () => {
    if (storedKey() === null) return;
    waiting.abort();
    form.requestSubmit();
    find("outcome").closest("article").scrollIntoView({ block: "start" });
    form.querySelector("[type=submit]").focus({ preventScroll: true });
  }, { signal: waiting.signal });
}
