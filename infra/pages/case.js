// A case as its reader may see it: `/case#CASE`. Plain; changing cases is for the products that
// are made for it. What the API leaves out, because the reader may not see it, is not here either.

import { call } from "./api.js";
import { accessToken, comeBack } from "./auth.js";
import { showAttachments } from "./attachments.js";
import { draftOf, showComments } from "./comments.js";
import { SignInFailed, Refusal } from "./failures.js";
import { offerToLeave } from "./leave.js";
import { button, byId, given, inWords, linkButton, make, say, show, time, trouble } from "./page.js";
import { me, showWarning, showWho, signInButton } from "./session.js";
import { HANDLING, WHY } from "./words.js";

// Some links name the case in the path. Signing in wants one address to come back to.
const named = /^\/case\/([0-9A-Za-z]{26})$/u.exec(location.pathname)?.[1];
if (named) history.replaceState(null, "", `/case#${named}`);
open();
addEventListener("hashchange", () => caseInAddress() && open());
addEventListener("pageshow", (event) => event.persisted && open());

/** The case that the address names, or null. */
function caseInAddress() {
  return /^#([0-9A-HJKMNP-TV-Z]{26})$/iu.exec(location.hash)?.[1].toUpperCase() ?? null;
}

async function open() {
  show(null);
  say("Opening the case…");
  let draft = null;
  try {
    await showWarning();
    draft = (await comeBack())?.then?.draft ?? null;
  } catch (error) {
    if (error instanceof SignInFailed) return askToSignIn(inWords(error).text);
    return failed(error);
  }
  const id = caseInAddress();
  if (!id) return noCase();
  if (!accessToken()) return askToSignIn("A case is shown only to those it is open to.");
  try {
    // Who is signed in is shown for comfort; the case does not wait for it.
    const who = me().catch(() => null);
    const found = await call("GET", `/v1/cases/${id}`);
    showCase(found);
    if (draft) byId("comment-text").value = draft;
    showWho((await who) ?? {});
  } catch (error) {
    failed(error);
  }
}

function showCase(found) {
  byId("case-about").textContent = `Case ${found.number} · ${found.org}`;
  byId("case-title").replaceChildren(given(found.title));
  byId("case-tags").replaceChildren(...signs(found));
  byId("case-description").textContent = found.description ?? "";
  byId("case-description").hidden = !found.description;
  byId("case-facts").replaceChildren(...facts(found));
  const sections = found.may?.sections ?? {};
  showComments(found.id, sections.comments);
  showAttachments(found.id, sections.documents || sections.reports);
  offerToLeave(found, left);
  say("");
  show("case");
  // The number only: browsers keep titles in a history that others may read.
  document.title = `Case ${found.number} · Casement`;
}

function signs(found) {
  const sign = (text, kind = "") => make("li", { class: `tag ${kind}`.trim() }, text);
  return [
    sign(found.status === "closed" ? "Closed" : "Open", "strong"),
    sign(`Severity ${found.severity}`, found.severity),
    sign(`TLP:${found.tlp.toUpperCase()}`, `tlp ${found.tlp.split("+")[0]}`),
    found.shared_externally ? sign("Shown to external users", "strong") : null,
    ...found.tags.map((tag) => make("li", { class: "tag" }, given(tag))),
  ].filter(Boolean);
}

function facts(found) {
  const row = (name, ...content) =>
    make("div", {}, make("dt", {}, name), make("dd", {}, ...content));
  return [
    row("Why you see it", WHY[found.how] ?? found.how),
    found.creator?.name ? row("Opened by", given(found.creator.name)) : null,
    row("Opened", time(found.created_at)),
    found.updated_at === found.created_at ? null : row("Changed", time(found.updated_at)),
    found.closed_at ? row("Closed", time(found.closed_at)) : null,
    row("Passing it on", HANDLING[found.tlp] ?? found.tlp),
  ].filter(Boolean);
}

/** The reader has left. Who still sees the case by another way is told so. */
async function left(id) {
  try {
    await call("GET", `/v1/cases/${id}`);
    trouble({
      heading: "You have left, and still see the case",
      text: "What was shared with you is given back. The case stays open to you in another way, for example as a member of its organisation.",
      actions: [linkButton("See your cases", "/cases")],
      kind: "over",
    });
  } catch (error) {
    if (!(error instanceof Refusal && error.status === 404)) return failed(error);
    history.replaceState(null, "", location.pathname);
    wipe();
    byId("done-heading").textContent = "You have left the case";
    byId("done-text").textContent = "It is gone from your list. To see it again, you would have to be invited again.";
    say("");
    show("done");
  }
}

function askToSignIn(text) {
  showWho(null);
  const draft = draftOf();
  wipe();
  const options = draft ? { then: { draft } } : {};
  trouble({
    heading: "Sign in to see this case",
    text,
    actions: [signInButton("Sign in", failed, options)],
    kind: "over",
  });
}

function failed(error) {
  const code = error instanceof Refusal ? error.status : null;
  if (code === 401) return askToSignIn(inWords(error).text);
  if (code === 404 || code === 400) return hidden();
  trouble({
    ...inWords(error),
    actions: [button("Try again", open, { id: "retry", class: "primary" })],
  });
}

/** A case that is hidden and one that never was look the same, here as in the API. */
async function hidden() {
  wipe();
  const who = await me().catch(() => null);
  showWho(who ?? {});
  trouble({
    heading: "This case is not open to you",
    text: [
      "There is no such case, or it is not shared with whom you are signed in as.",
      "An invitation has to be accepted first: you find those that wait for you among your cases. If the case was shared with another address of yours, sign in with that one.",
    ],
    actions: [
      linkButton("See your cases", "/cases"),
      signInButton("Sign in as somebody else", failed, { another: true }),
    ],
    kind: "over",
  });
}

/** What is not open any more does not stay in the page either, not even unseen. */
function wipe() {
  for (const id of ["about", "title", "tags", "description", "facts"]) {
    byId(`case-${id}`).replaceChildren();
  }
  for (const id of ["attachments", "comments"]) byId(id).replaceChildren();
  byId("comment-text").value = "";
}

function noCase() {
  trouble({
    heading: "Which case?",
    text: "The address names no case. Open the link that you were sent, whole, or pick a case from your list.",
    actions: [linkButton("See your cases", "/cases")],
    kind: "over",
  });
}
