// What is open to somebody: invitations that wait, cases, notices. For a guest who lost the mail.

import { call, onceKey } from "./api.js";
import { accessToken, comeBack } from "./auth.js";
import { caseAddress } from "./config.js";
import { SignInFailed, Refusal } from "./failures.js";
import { pagedList } from "./list.js";
import {
  busy, button, byId, confirmed, given, inWords, make, say, show, time, trouble, until,
} from "./page.js";
import { me, showWarning, showWho, signInButton } from "./session.js";
import { asWhat, headline, HOW, inviter, what } from "./words.js";

open();
addEventListener("pageshow", (event) => event.persisted && open());

async function open() {
  show(null);
  say("Looking for what is open to you…");
  try {
    await showWarning();
    await comeBack();
    if (!accessToken()) return askToSignIn("Your cases and invitations are shown to you alone.");
    const person = await me();
    showWho(person);
    if (!person.email_verified) return notVerified(person);
  } catch (error) {
    return failed(error);
  }
  await showLists();
}

async function showLists() {
  // The address of a case depends on the deployment, and is the same for all of them.
  const base = await caseAddress("");
  const readCases = () =>
    pagedList("cases", `/v1/cases${filter()}`, (found) => caseEntry(base, found))();
  const readInvitations = pagedList("invitations", "/v1/invitations", (waiting) =>
    invitationEntry(waiting, readInvitations, readCases),
  );
  byId("filter").onchange = readCases;
  say("");
  show("home");
  await Promise.all([readInvitations(), readCases(), readNotices(base)]);
}

function filter() {
  const chosen = byId("filter").value;
  return chosen ? `?filter=${chosen}` : "";
}

function caseEntry(base, found) {
  const about = [
    `Case ${found.number} · ${found.org} · ${found.status} · ${HOW[found.how] ?? found.how} · `,
    time(found.updated_at ?? found.created_at),
  ];
  return make(
    "li",
    { "data-case": found.id },
    make("p", { class: "entry-title" }, make("a", { href: base + found.id }, given(found.title))),
    make("p", { class: "entry-about" }, ...about),
  );
}

function invitationEntry(waiting, readInvitations, readCases) {
  const left = until(waiting.expires_at);
  const about = [
    asWhat(waiting),
    asWhat(waiting) ? " · " : null,
    "open until ",
    time(waiting.expires_at),
    left ? ` (${left})` : null,
  ];
  const answer = async (verb, done) => {
    try {
      await busy([yes, no], () =>
        call("POST", `/v1/invitations/${waiting.id}/${verb}`, { body: {}, once: onceKey() }),
      );
    } catch (error) {
      return trouble({ ...inWords(error), alone: false });
    }
    await Promise.all([readInvitations(), readCases()]);
    say(done, { news: true });
    byId("invitations-heading").focus();
  };
  const yes = button("Accept", () => answer("accept", "Accepted."), { class: "primary" });
  const no = button("Decline", async () => {
    byId("decline-text").textContent =
      `${inviter(waiting)} is told that you declined. To come in later, you would have to be invited again.`;
    if (await confirmed(byId("decline-dialog"))) await answer("decline", "Declined.");
  });
  const title = headline(waiting).filter(Boolean).join(" ");
  const description = make(
    "div",
    {},
    make("p", { class: "entry-title" }, given(title)),
    waiting.to === "share" ? make("p", { class: "entry-about" }, given(what(waiting))) : null,
    make("p", { class: "entry-about" }, ...about),
    waiting.message ? make("p", { class: "entry-text", dir: "auto" }, waiting.message) : null,
  );
  return make(
    "li",
    { "data-invitation": waiting.id },
    make("div", { class: "entry-row" }, description, make("div", { class: "actions" }, yes, no)),
  );
}

async function readNotices(base) {
  const unread = new Set();
  const put = byId("notices-read");
  const read = pagedList("notices", "/v1/notices", (notice) => {
    if (!notice.read) unread.add(notice.id);
    const link = notice.case
      ? make("a", { href: base + notice.case }, "Open the case")
      : null;
    return make(
      "li",
      { "data-notice": notice.id, class: notice.read ? null : "new" },
      make("p", { class: "entry-text" }, notice.read ? null : make("strong", {}, "New: "), notice.text),
      make("p", { class: "entry-about" }, time(notice.at), link ? " · " : null, link),
    );
  });
  put.onclick = async () => {
    try {
      // The API takes as many at once as one page holds at most.
      const notices = [...unread].slice(0, 100);
      await busy([put], () =>
        call("POST", "/v1/notices/read", { body: { notices }, once: onceKey() }),
      );
    } catch (error) {
      return trouble({ ...inWords(error), alone: false });
    }
    unread.clear();
    await read();
    put.hidden = unread.size === 0;
    say("Marked as read.", { news: true });
    byId("notices-heading").focus();
  };
  await read();
  put.hidden = unread.size === 0;
}

function askToSignIn(text) {
  showWho(null);
  // What somebody else may have been shown does not stay in the page, not even unseen.
  for (const id of ["invitations", "cases", "notices"]) byId(id).replaceChildren();
  trouble({
    heading: "Sign in to see your cases",
    text,
    actions: [signInButton("Sign in", failed)],
    kind: "over",
  });
}

function notVerified(person) {
  // Cases are listed all the same; only invitations go by the address.
  const actions = [
    button("See your cases all the same", showLists),
    signInButton("Sign in as somebody else", failed, { another: true }),
  ];
  trouble({
    heading: "Your address is not verified",
    text: `Invitations go by address. Verify ${person.email ?? "yours"} with the service where you sign in, then sign in here again.`,
    actions,
    kind: "over",
  });
}

function failed(error) {
  const signedOut = error instanceof SignInFailed || (error instanceof Refusal && error.status === 401);
  if (signedOut) return askToSignIn(inWords(error).text);
  trouble({
    ...inWords(error),
    actions: [button("Try again", open, { id: "retry", class: "primary" })],
  });
}
