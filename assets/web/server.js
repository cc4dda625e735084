// The server's moods: gone, still loading, or asking for a key.

import { announce, byId, sentence } from "./dom.js";

/** Says that the server does not answer, or that it does again. */
export function gone(isGone) {
  byId("banner").hidden = !isGone;
  byId("banner-text").textContent = isGone ?
    "The server does not answer. What you drew is kept; the page keeps trying." : "";
}

let keyAsked = null;

/** Shows the field for a key; all requests that wait share the answer. */
export function askForKey(reason) {
  byId("key-reason").textContent = sentence(reason);
  byId("key-form").hidden = false;
  byId("key").focus();
  keyAsked ??= new Promise((resolve) => {
    byId("key-form").addEventListener("submit", (event) => {
      event.preventDefault();
      keyAsked = null;
      byId("key-form").hidden = true;
      resolve(byId("key").value.trim());
      byId("key").value = "";
    }, { once: true });
  });
  return keyAsked;
}

/** Asks until there is an answer: a server that begins or is away for a moment comes back. */
export async function persist(ask) {
  for (;;) {
    try {
      const reply = await ask();
      gone(false);
      return reply;
    } catch (error) {
      if (!error.unreachable && error.status !== 503) throw error;
      gone(error.unreachable);
      if (!error.unreachable) announce(sentence(error.message));
      await new Promise((done) => setTimeout(done, 2000));
    }
  }
}
