// Where the API and the sign-in are. Each deployment puts its own `config.json` beside this file.

import { Unreachable } from "./failures.js";

let fetched = null;

/** The deployment's `config.json`. Asked for once; after a failure, again. */
export function config() {
  fetched ??= fetchConfig().catch((error) => {
    fetched = null;
    throw error;
  });
  return fetched;
}

async function fetchConfig() {
  let answer;
  try {
    answer = await fetch(new URL("config.json", import.meta.url), {
      cache: "no-store",
      credentials: "omit",
      signal: AbortSignal.timeout(30_000),
    });
  } catch (cause) {
    throw new Unreachable(cause);
  }
  if (!answer.ok) throw new Unreachable(new Error(`config.json: ${answer.status}`));
  return answer.json();
}

/** Where a case is shown: the deployment's own product for it, or the plain page. */
export async function caseAddress(id) {
  const { case_url: product } = await config();
  return product ? product + id : `/case#${id}`;
}
