// What every page has: making elements, saying what goes on, showing what went wrong, asking back.
//
// Everything that comes from elsewhere goes in as text, never as markup.

import { Refusal, SignInFailed, Unreachable } from "./failures.js";
import { duration, REFUSALS } from "./words.js";

// The hash of an address is an invitation or a case here: the skip link must leave it alone.
document.querySelector("[data-skip]")?.addEventListener("click", (event) => {
  event.preventDefault();
  document.getElementById("main").focus();
});

/** What the page is called while it shows what it is for. */
const TITLE = document.title;

/** The element with this id. */
export function byId(id) {
  return document.getElementById(id);
}

/** An element with attributes and children; a child that is not a node is text. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "onclick") element.addEventListener("click", value);
    else if (value !== null && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** A name or a title that somebody chose, kept apart in its own direction of writing. */
export function given(text) {
  return make("bdi", {}, text);
}

/** An instant, in words of the reader's time zone. */
export function time(instant) {
  return timeAs(instant, { dateStyle: "long", timeStyle: "short" });
}

/** An instant by which something has to be done: with its weekday, and the time zone named. */
export function deadline(instant) {
  return timeAs(instant, {
    weekday: "long",
    day: "numeric",
    month: "long",
    year: "numeric",
    hour: "numeric",
    minute: "2-digit",
    timeZoneName: "short",
  });
}

function timeAs(instant, style) {
  const words = new Intl.DateTimeFormat(locale(), style).format(new Date(instant));
  return make("time", { datetime: instant }, words);
}

/** How long until `instant`, as "in 4 days"; null once it is over. */
export function until(instant) {
  const left = new Date(instant) - Date.now();
  if (!(left > 0)) return null;
  return new Intl.RelativeTimeFormat(locale()).format(...duration(left));
}

let saidLast = 0;

/**
 * Says what goes on; read out where nothing is seen. An empty text takes it away, and so does time
 * where it was news and not a wait.
 */
export function say(text, { news = false } = {}) {
  const mine = ++saidLast;
  byId("status").textContent = text;
  if (news) setTimeout(() => mine === saidLast && say(""), 8_000);
}

/** Shows one of the page's views, and takes the reader there. Without an id: none. */
export function show(id) {
  for (const view of document.querySelectorAll("[data-view]")) view.hidden = view.id !== id;
  byId("error").hidden = true;
  document.title = TITLE;
  if (id) byId(id).querySelector("h1")?.focus();
}

/**
 * Says what went wrong, in `#error`, and takes the reader there.
 *
 * With `alone` the views go away, and it is all that the page says.
 */
export function trouble({ heading, text, actions = [], alone = true, kind = "error" }) {
  say("");
  if (alone) show(null);
  const box = byId("error");
  const title = make(alone ? "h1" : "h2", { tabindex: "-1" }, heading);
  const paragraphs = [text].flat().filter(Boolean).map((line) => make("p", {}, line));
  const row = actions.length > 0 ? make("div", { class: "actions" }, ...actions) : null;
  box.replaceChildren(...[title, ...paragraphs, row].filter(Boolean));
  box.dataset.kind = kind;
  box.hidden = false;
  if (alone) document.title = `${heading} · Casement`;
  title.focus();
}

/** Takes back what `trouble` said. */
export function calm() {
  byId("error").hidden = true;
}

/** A button. */
export function button(text, onclick, attributes = {}) {
  return make("button", { type: "button", onclick, ...attributes }, text);
}

/** A link that looks like a button. */
export function linkButton(text, href) {
  return make("a", { class: "button", href }, text);
}

/** Does `work` while `buttons` cannot be pressed: nothing is sent twice by a double click. */
export async function busy(buttons, work) {
  for (const one of buttons) one.disabled = true;
  try {
    return await work();
  } finally {
    for (const one of buttons) one.disabled = false;
  }
}

/** Asks back in a dialogue; true if its button for yes was pressed. */
export function confirmed(dialog) {
  return new Promise((answer) => {
    const yes = dialog.querySelector("[data-yes]");
    const no = dialog.querySelector("[data-no]");
    let agreed = false;
    const close = (event) => {
      agreed = event.currentTarget === yes;
      dialog.close();
    };
    yes.addEventListener("click", close);
    no.addEventListener("click", close);
    dialog.addEventListener(
      "close",
      () => {
        yes.removeEventListener("click", close);
        no.removeEventListener("click", close);
        answer(agreed);
      },
      { once: true },
    );
    dialog.showModal();
  });
}

/** What to say of an error that no page has words of its own for. */
export function inWords(error) {
  if (error instanceof Unreachable) {
    return {
      heading: "No connection",
      text: "The service did not answer. Check that you are online, then try again.",
    };
  }
  if (error instanceof SignInFailed) return { heading: "You are not signed in", text: notSignedIn(error) };
  if (error instanceof Refusal) return refused(error);
  if (error?.name === "SecurityError" || error?.name === "QuotaExceededError") {
    return {
      heading: "This browser keeps nothing for this page",
      text: "Signing in needs the page to remember a little until the tab is closed. Allow it to store data, or use another browser.",
    };
  }
  console.error(error);
  return { heading: "Something went wrong", text: "This page met with a fault. Load it again." };
}

function refused(error) {
  if (error.status === 401) {
    return { heading: "You are not signed in any more", text: "Sign in again to go on." };
  }
  if (error.passes) {
    const wait = error.retryAfterSeconds;
    const when = wait > 60 ? "Try again later." : "Try again in a moment.";
    return { heading: "The service is busy", text: `It cannot answer just now. ${when}` };
  }
  return { heading: "That was refused", text: REFUSALS[error.code] ?? sentence(error.message) };
}

function notSignedIn(error) {
  switch (error.reason) {
    case "state":
      return "The answer of the sign-in does not belong to this tab. Perhaps it was opened from the history, or in another window. Sign in again from here.";
    case "insecure":
      return "Browsers sign in over a secure connection only. Open the page by its https address.";
    default:
      return "The sign-in did not finish. Try it again.";
  }
}

/** Problems are in lower case and without a full stop; people read sentences. */
function sentence(text) {
  const upper = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/u.test(upper) ? upper : `${upper}.`;
}

/** The pages are in English; an English of the reader's own writes dates as they are used to. */
function locale() {
  return navigator.languages?.find((language) => /^en\b/u.test(language)) ?? "en-GB";
}
