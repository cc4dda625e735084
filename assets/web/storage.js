// What the pages keep for this tab. A full or forbidden storage must not stop them: then it lasts
// until the page goes.

const KEY_NAME = "trm.key";
const instead = new Map();

export function read(name) {
  try {
    return sessionStorage.getItem(name) ?? instead.get(name) ?? null;
  } catch {
    return instead.get(name) ?? null;
  }
}

/** null forgets it. */
export function write(name, value) {
  instead.delete(name);
  try {
    if (value === null) sessionStorage.removeItem(name);
    else sessionStorage.setItem(name, value);
  } catch {
    if (value !== null) instead.set(name, value);
  }
}

export const storedKey = () => read(KEY_NAME);
export const storeKey = (key) => write(KEY_NAME, key === "" ? null : key);

/** Whether it can stand in a header at all: the server takes no other keys either. */
export const isKey = (text) => /^[A-Za-z0-9\-._~+/=]+$/.test(text);
