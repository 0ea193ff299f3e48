// Signing in: OAuth 2.0 authorization code with PKCE. Sources: RFC 6749, 7636 (S256), 9207 (`iss`).
//
// The access token stays in this tab. There is no refresh token: who comes back later signs in
// again, which costs one click where the provider still knows them.

import { config } from "./config.js";
import { SignInFailed, Unreachable } from "./failures.js";
import { forget, keep, kept } from "./kept.js";

const BEGUN = "casement.sign-in";
const TOKEN = "casement.token";
const LEFT = "casement.signed-out";

/** A token this close to its end is not used any more. */
const MARGIN_MS = 10_000;

/** The access token of who is signed in, or null. */
export function accessToken() {
  const held = kept(TOKEN);
  return held && Date.now() < held.until ? held.token : null;
}

/** Forgets the token. What the provider remembers is the provider's. */
export function signedOut() {
  forget(TOKEN);
}

/** Signs out on purpose: the next time, the provider is to ask who it is. */
export function signOut() {
  forget(TOKEN);
  forget(BEGUN);
  keep(LEFT, true);
}

/**
 * Leaves for the provider, which sends the browser back to this very page.
 *
 * `then` is whatever the page wants to find again in what `comeBack` answers. With `another`, the
 * provider is asked not to take who is signed in there for granted.
 */
export async function signIn({ then = null, another = false } = {}) {
  if (!globalThis.crypto?.subtle) throw new SignInFailed("insecure");
  const settings = await config();
  if (!settings.authorize_endpoint) throw new SignInFailed("provider");
  const begun = {
    state: random(),
    verifier: random(),
    back: location.origin + location.pathname,
    fragment: location.hash,
    then,
  };
  const asked = new URL(settings.authorize_endpoint, location.href);
  const parameters = {
    response_type: "code",
    client_id: settings.client_id,
    redirect_uri: begun.back,
    scope: settings.scope,
    state: begun.state,
    code_challenge: await challenge(begun.verifier),
    code_challenge_method: "S256",
  };
  for (const [name, value] of Object.entries(parameters)) asked.searchParams.set(name, value);
  if (another || kept(LEFT)) asked.searchParams.set("prompt", "login");
  keep(BEGUN, begun);
  signedOut();
  location.assign(asked);
}

/**
 * Ends what `signIn` began, if the browser comes from the provider; null if it does not.
 *
 * Answers `{ then, signedIn }`; `signedIn` is false where the person turned back. The code is taken
 * out of the address bar before anything else happens.
 */
export async function comeBack() {
  const answer = new URLSearchParams(location.search);
  if (!answer.has("code") && !answer.has("error")) return null;
  const begun = kept(BEGUN);
  forget(BEGUN);
  history.replaceState(null, "", location.pathname + (begun?.fragment ?? location.hash));
  // An answer that this tab did not ask for may be another person's code: it is not redeemed.
  if (!begun || begun.state !== answer.get("state") || begun.back !== here()) {
    throw new SignInFailed("state");
  }
  const settings = await config();
  if (answer.has("iss") && answer.get("iss") !== settings.issuer) throw new SignInFailed("state");
  if (answer.get("error") === "access_denied") return { then: begun.then, signedIn: false };
  if (answer.has("error")) throw new SignInFailed("provider", answer.get("error_description"));
  await redeem(settings, begun, answer.get("code"));
  forget(LEFT);
  return { then: begun.then, signedIn: true };
}

async function redeem(settings, begun, code) {
  let answer, content;
  try {
    answer = await fetch(settings.token_endpoint, {
      method: "POST",
      body: new URLSearchParams({
        grant_type: "authorization_code",
        code,
        redirect_uri: begun.back,
        client_id: settings.client_id,
        code_verifier: begun.verifier,
      }),
      cache: "no-store",
      credentials: "omit",
      redirect: "error",
      signal: AbortSignal.timeout(30_000),
    });
    content = await answer.json();
  } catch (cause) {
    // The code is good once, and may have been used: asking again means signing in again.
    throw cause instanceof SyntaxError ? new SignInFailed("exchange") : new Unreachable(cause);
  }
  if (!answer.ok || !content.access_token) {
    throw new SignInFailed("exchange", content.error_description);
  }
  const seconds = Number(content.expires_in) || 300;
  keep(TOKEN, { token: content.access_token, until: Date.now() + seconds * 1000 - MARGIN_MS });
}

function here() {
  return location.origin + location.pathname;
}

/** 32 random bytes, as 43 characters that may stand in a URL. */
function random() {
  return base64url(crypto.getRandomValues(new Uint8Array(32)));
}

async function challenge(verifier) {
  return base64url(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier)));
}

function base64url(bytes) {
  const text = String.fromCharCode(...new Uint8Array(bytes));
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/u, "");
}
