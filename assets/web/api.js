// Requests to the service. Addresses are relative: the page works behind a prefix too.

import { isKey, storedKey, storeKey } from "./storage.js";

/** What the service refused, in its words; status 0: it does not answer at all. */
export class ApiError extends Error {
  constructor(message, { status = 0, code = "unreachable", field = null } = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.field = field;
  }
  get unreachable() { return this.status === 0; }
}

export const isAbort = (error) => error instanceof DOMException && error.name === "AbortError";

let askForKey = null;

/** What to call when a key is missing or wrong: gets the reason, answers with a promise of one. */
export function onKeyNeeded(ask) { askForKey = ask; }

export const get = (path, signal) => json(path, { signal });
export const post = (path, body, signal) =>
  json(path, { method: "POST", body: JSON.stringify(body), signal });

async function json(path, options) {
  const reply = await send(path, options);
  try {
    return await reply.json();
  } catch (error) {
    if (isAbort(error)) throw error;
    throw new ApiError("The server's answer broke off");
  }
}

/**
 * The server-sent events of a request: calls onEvent(name, data) for each. Ends with the stream;
 * aborting the signal closes the connection, which cancels the work.
 */
export async function postStream(path, body, signal, onEvent) {
  const reply = await send(path, { method: "POST", body: JSON.stringify(body), signal });
  const reader = reply.body.getReader();
  const decoder = new TextDecoder();
  let buffer = "";
  for (;;) {
    const { done, value } = await readOn(reader);
    if (done) return;
    buffer += decoder.decode(value, { stream: true }).replaceAll("\r", "");
    const blocks = buffer.split("\n\n");
    buffer = blocks.pop();
    for (const block of blocks) dispatch(block, onEvent);
  }
}

async function readOn(reader) {
  try {
    return await reader.read();
  } catch (error) {
    if (isAbort(error)) throw error;
    throw new ApiError("The connection to the server broke off");
  }
}

function dispatch(block, onEvent) {
  let name = "message";
  const data = [];
  for (const line of block.split("\n")) {
    if (line.startsWith("event:")) name = line.slice(6).trim();
    if (line.startsWith("data:")) data.push(line.slice(5).trimStart());
  }
  if (data.length > 0) onEvent(name, JSON.parse(data.join("\n")));
}

/** An ApiError from the body {"error": {...}}. */
export function errorFrom(body, status = 500) {
  const inner = body?.error ?? {};
  return new ApiError(inner.message ?? `The server answered with status ${status}`,
    { status, code: inner.code ?? "", field: inner.field ?? null });
}

async function send(path, options) {
  for (;;) {
    const reply = await attempt(path, options);
    if (reply.ok) return reply;
    const error = errorFrom(await reply.json().catch(() => null), reply.status);
    if (reply.status !== 401 || askForKey === null) throw error;
    let reason = storedKey() === null ? "" : "The server does not know this key.";
    let key = await askForKey(reason);
    while (!isKey(key)) {
      reason = "A key has letters, digits and -._~+/= only.";
      key = await askForKey(reason);
    }
    storeKey(key);
  }
}

async function attempt(path, options) {
  const headers = {};
  if (options.body !== undefined) headers["Content-Type"] = "application/json";
  const key = storedKey();
  if (key !== null) headers.Authorization = `Bearer ${key}`;
  try {
    return await fetch(path, { ...options, headers, cache: "no-store", credentials: "omit" });
  } catch (error) {
    if (isAbort(error)) throw error;
    throw new ApiError("The server does not answer");
  }
}
