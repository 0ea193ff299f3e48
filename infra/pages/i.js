// Where the link in an invitation's mail leads: `/i#ID.TOKEN`.
//
// The token is taken out of the address bar before anything else, waits in this tab while the guest
// signs up or in, and goes to the API in bodies only. Reading an invitation changes nothing;
// accepting and declining want somebody who is signed in with the invited address.

import { call, onceKey } from "./api.js";
import { accessToken, comeBack, signIn } from "./auth.js";
import { caseAddress } from "./config.js";
import { Refusal, SignInFailed, Unreachable } from "./failures.js";
import { forget, keep, kept } from "./kept.js";
import {
  busy, button, byId, calm, confirmed, deadline, given, inWords, linkButton, say, show, trouble, until,
} from "./page.js";
import { me, showWarning, showWho } from "./session.js";
import { asWhat, headline, inviter, orgName, what } from "./words.js";

const INVITATION = "casement.invitation";

/** What this page knows: the token, the invitation behind it, and who is signed in. */
let token = null;
let invitation = null;
let person = null;

takeToken();
open();
addEventListener("hashchange", () => {
  // Another link, opened in the same tab. The skip link moves the hash as well, and is none.
  if (takeToken()) open();
});
// A page that comes back out of the browser's memory may be hours old.
addEventListener("pageshow", (event) => event.persisted && open());
byId("answer").addEventListener("submit", (event) => {
  event.preventDefault();
  accept();
});
byId("decline").addEventListener("click", decline);

/** Moves the token out of the address bar. True if there was one. */
function takeToken() {
  const found = /^#([0-9A-Za-z]+\.[\w-]+)/u.exec(location.hash)?.[1];
  if (!found) return false;
  token = found;
  history.replaceState(null, "", location.pathname + location.search);
  try {
    keep(INVITATION, token);
  } catch {
    // The invitation can be read all the same; signing in will say what is amiss.
  }
  return true;
}

async function open() {
  say("Looking at the invitation…");
  show(null);
  let back = null;
  try {
    await showWarning();
    back = await comeBack();
  } catch (error) {
    if (!(error instanceof SignInFailed)) return failed(error, open);
    back = { failure: error };
  }
  token ??= kept(INVITATION);
  if (!token) return noToken();
  try {
    // Who is signed in matters less than the invitation: without an answer, nobody is.
    [invitation, person] = await Promise.all([
      call("POST", "/v1/invitations/preview", { body: { token }, open: true }),
      me().catch(() => null),
    ]);
  } catch (error) {
    return failed(error, open);
  }
  showInvitation();
  if (back?.failure) return trouble({ ...inWords(back.failure), alone: false });
  if (back?.signedIn && back.then) {
    byId("name").value = back.then.name ?? "";
    await (back.then.answer === "decline" ? sendDecline() : sendAccept());
  }
}

function showInvitation() {
  const name = inviter(invitation);
  const [begins, goesOn] = headline(invitation);
  byId("headline").replaceChildren(...(begins ? [given(begins), ` ${goesOn}`] : [goesOn]));
  const org = invitation.inviter && invitation.org ? `, ${orgName(invitation.org)}` : "";
  byId("inviter").replaceChildren(given(name + org));
  byId("what").replaceChildren(given(what(invitation)));
  const as = asWhat(invitation);
  byId("as").textContent = as ?? "";
  byId("as-row").hidden = !as;
  const left = until(invitation.expires_at);
  byId("until").replaceChildren(deadline(invitation.expires_at), left ? ` (${left})` : "");
  byId("address").textContent = invitation.address_hint;
  byId("message-text").textContent = invitation.message ?? "";
  byId("message").hidden = !invitation.message;
  byId("decline-text").textContent =
    `${name} is told that you declined. To come in later, you would have to be invited again.`;
  const signedIn = accessToken() !== null;
  showWho(signedIn ? person : null);
  byId("accept").textContent = signedIn ? "Accept" : "Sign in to accept";
  byId("next").textContent = signedIn
    ? ""
    : `You sign in, or sign up, with the address ${invitation.address_hint}, and come back here.`;
  byId("name-row").hidden = Boolean(person?.name);
  say("");
  show("invitation");
}

async function accept() {
  if (accessToken()) return sendAccept();
  await leaveToSignIn({ answer: "accept", name: byId("name").value.trim() });
}

async function decline() {
  if (!(await confirmed(byId("decline-dialog")))) return;
  if (accessToken()) await sendDecline();
  else await leaveToSignIn({ answer: "decline" });
}

async function leaveToSignIn(then, another = false) {
  say("Going to the sign-in…");
  await busy(buttons(), () => signIn({ then, another })).catch((error) => failed(error));
}

async function sendAccept(once = onceKey()) {
  calm();
  byId("name-error").hidden = true;
  say("Accepting…");
  const name = byId("name-row").hidden ? "" : byId("name").value.trim();
  const body = name ? { token, name } : { token };
  try {
    const accepted = await busy(buttons(), () =>
      call("POST", "/v1/invitations/accept", { body, once }),
    );
    finished();
    await goOn(accepted);
  } catch (error) {
    if (isAboutName(error)) return badName(error);
    failed(error, () => sendAccept(once), { answer: "accept", name });
  }
}

/** Goes to what has just been opened. Back does not lead to the used invitation again. */
async function goOn({ case: opened, open: elsewhere }) {
  const next = elsewhere ?? (opened ? await caseAddress(opened) : null);
  const address = next && new URL(next, location.href);
  if (address && /^https?:$/u.test(address.protocol)) {
    say("Opening the case…");
    location.replace(address);
    return;
  }
  const to = what(invitation);
  done("You are in", `You have accepted, and belong to ${to} now.`);
}

async function sendDecline(once = onceKey()) {
  calm();
  say("Declining…");
  try {
    await busy(buttons(), () =>
      call("POST", "/v1/invitations/decline", { body: { token }, once }),
    );
    finished();
    done("You have declined", `${inviter(invitation)} is told. You can close this page.`);
  } catch (error) {
    failed(error, () => sendDecline(once), { answer: "decline" });
  }
}

function finished() {
  forget(INVITATION);
  token = null;
}

function done(heading, text) {
  byId("done-heading").textContent = heading;
  byId("done-text").textContent = text;
  byId("done-actions").replaceChildren(linkButton("See your cases", "/cases"));
  say("");
  show("done");
}

/** Says why it came to nothing. `again` does it once more; `then` is what to do after a sign-in. */
function failed(error, again, then = null) {
  const another = button("Sign in as somebody else", () => leaveToSignIn(then, true), {
    id: "sign-in-another",
    class: "primary",
  });
  const back = button("Back to the invitation", showInvitation);
  const yours = linkButton("See your cases", "/cases");
  switch (error instanceof Refusal ? error.code : null) {
    case "another_address":
      return trouble({
        heading: "This invitation is for another address",
        text: [
          `It is for ${invitation.address_hint}${signedInAs()}.`,
          "Sign in with the address at which the mail reached you, or ask whoever invited you to invite this one.",
        ],
        actions: [another, back],
      });
    case "address_not_verified":
      return trouble({
        heading: "Your address is not verified yet",
        text: [
          "An invitation opens only to somebody of whom it is certain that the invited address is theirs.",
          `Verify your address with the service where you sign in (look for its mail), then sign in here again${signedInAs()}.`,
        ],
        actions: [another, back],
      });
    case "invitation_expired":
      return trouble({ ...expired(), actions: [yours], kind: "over" });
    case "not_found":
    case "invalid":
      return trouble({
        heading: "This invitation is not open",
        text: [
          "It may have been used, cancelled or replaced by a newer one, or the link is not complete.",
          "If you have accepted it already, you find the case among yours. Otherwise open the link in the latest mail, or ask whoever invited you.",
        ],
        actions: [yours],
        kind: "over",
      });
  }
  const signedOut = error instanceof Refusal && error.status === 401;
  const retry = error instanceof Unreachable || (error instanceof Refusal && error.passes);
  const actions = [
    signedOut ? button("Sign in", () => leaveToSignIn(then), { id: "sign-in", class: "primary" }) : null,
    retry && again ? button("Try again", () => again(), { id: "retry", class: "primary" }) : null,
  ].filter(Boolean);
  trouble({ ...inWords(error), actions, alone: byId("invitation").hidden });
}

function expired() {
  // The API names nobody for an invitation that is over; this page may have seen who it was.
  const who = invitation?.inviter;
  return {
    heading: "This invitation has expired",
    text: [
      `It can no longer be accepted. Ask ${who ?? "whoever invited you"} to send it again: you then get a new mail with a new link.`,
      who ? null : "The mail that brought you here says who that is.",
    ],
  };
}

function signedInAs() {
  return person?.email ? `; you are signed in as ${person.email}` : "";
}

function isAboutName(error) {
  return error instanceof Refusal && error.errors.some(({ pointer }) => pointer === "/name");
}

function badName(error) {
  const fault = error.errors.find(({ pointer }) => pointer === "/name");
  say("");
  byId("name-error").textContent = `Your name ${fault.detail}.`;
  byId("name-error").hidden = false;
  byId("name").focus();
}

function noToken() {
  trouble({
    heading: "Open the link in your mail",
    text: [
      "This page shows an invitation. Which one stands in the link that was mailed to you: open it from there, whole.",
      "If you have lost the mail, sign in: your open invitations and your cases are on your own page.",
    ],
    actions: [linkButton("See your cases and invitations", "/cases")],
    kind: "over",
  });
}

function buttons() {
  return [byId("accept"), byId("decline")];
}
