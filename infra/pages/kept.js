// What this tab keeps until it is closed. Other tabs do not see it, and it reaches no server.

/** What is kept under `name`, or null. */
export function kept(name) {
  try {
    return JSON.parse(sessionStorage.getItem(name));
  } catch {
    return null;
  }
}

/** Keeps `value` under `name`. Throws where the browser lets a page keep nothing. */
export function keep(name, value) {
  sessionStorage.setItem(name, JSON.stringify(value));
}

/** Keeps nothing under `name` any more. */
export function forget(name) {
  try {
    sessionStorage.removeItem(name);
  } catch {
    // Where nothing can be kept, nothing has to be forgotten.
  }
}
