// One call of the API, and what can become of it.

import { config } from "./config.js";
import { accessToken, signedOut } from "./auth.js";
import { Refusal, Unreachable } from "./failures.js";

/**
 * Calls the API. `path` begins with `/v1`.
 *
 * `once` is the `Idempotency-Key`: the same request sent again under it is carried out once.
 * With `open`, the call goes out without a token, as the preview does.
 */
export async function call(method, path, { body, once, open } = {}) {
  const { api } = await config();
  const headers = { accept: "application/json" };
  const token = open ? null : accessToken();
  if (token) headers.authorization = `Bearer ${token}`;
  if (body !== undefined) headers["content-type"] = "application/json";
  if (once) headers["idempotency-key"] = once;
  let answer, text;
  try {
    answer = await fetch(api + path, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      cache: "no-store",
      credentials: "omit",
      redirect: "error",
      referrerPolicy: "no-referrer",
      signal: AbortSignal.timeout(30_000),
    });
    text = await answer.text();
  } catch (cause) {
    throw new Unreachable(cause);
  }
  const content = parse(text);
  if (answer.ok) return content;
  // The token has run out, or is of another deployment: it will not get better.
  if (answer.status === 401) signedOut();
  throw new Refusal(answer.status, content ?? {}, Number(answer.headers.get("retry-after")) || null);
}

/** A key under which one intention is carried out once, however often it is sent. */
export function onceKey() {
  return crypto.randomUUID();
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
