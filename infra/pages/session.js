// The head of each page: who is signed in, and that the sign-in is for development, where it is.

import { call } from "./api.js";
import { accessToken, signIn, signOut } from "./auth.js";
import { config } from "./config.js";
import { button, byId, given, make } from "./page.js";

/** Who is signed in, as the API sees them; null if nobody is. */
export async function me() {
  return accessToken() ? call("GET", "/v1/me") : null;
}

/** Shows who is signed in, with a way out. `person` is what `me` answered. */
export function showWho(person) {
  const place = byId("who");
  if (!person) {
    place.replaceChildren();
    return;
  }
  const leave = button("Sign out", () => {
    signOut();
    location.reload();
  }, { id: "sign-out", class: "quiet" });
  const name = person.email ?? person.name ?? "you";
  place.replaceChildren(make("span", {}, "Signed in as ", given(name)), leave);
}

/** Warns where anyone can sign in as anyone. */
export async function showWarning() {
  byId("dev").hidden = !(await config()).dev;
}

/** The button that signs in and comes back to this page. `failed` hears of what goes wrong. */
export function signInButton(text, failed, options = {}) {
  const attributes = { id: options.another ? "sign-in-another" : "sign-in", class: "primary" };
  return button(text, () => signIn(options).catch(failed), attributes);
}
