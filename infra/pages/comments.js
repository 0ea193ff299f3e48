// The comments of a case, and adding one.

import { call, onceKey } from "./api.js";
import { signIn } from "./auth.js";
import { Refusal } from "./failures.js";
import { pagedList } from "./list.js";
import { busy, byId, given, inWords, make, say, time } from "./page.js";

/** Shows the comments of a case to who has `level` there; without a level, nothing. */
export function showComments(id, level) {
  byId("comments-card").hidden = !level;
  byId("comment-form").hidden = level !== "write";
  if (!level) return;
  const path = `/v1/cases/${id}/comments`;
  const read = pagedList("comments", path, entry);
  read();
  // A text sent again after no answer came is the same comment; another text is another one.
  let sent = { text: null, once: null };
  byId("comment-form").onsubmit = async (event) => {
    event.preventDefault();
    const text = draftOf();
    if (!text) return fault("Write something first.");
    if (sent.text !== text) sent = { text, once: onceKey() };
    fault("");
    say("Sending…");
    try {
      await busy([byId("comment-send")], () =>
        call("POST", path, { body: { text }, once: sent.once }),
      );
    } catch (error) {
      return notSent(error, text);
    }
    sent = { text: null, once: null };
    byId("comment-text").value = "";
    await read();
    say("Your comment is in the case.", { news: true });
    byId("comments-heading").focus();
  };
}

/** What has been written and not sent. */
export function draftOf() {
  return byId("comment-text").value.trim();
}

function entry(comment) {
  const about = [
    comment.own ? "You" : given(comment.author?.name ?? "Somebody"),
    " · ",
    time(comment.created_at),
    comment.edited_at ? " · changed since" : null,
    comment.external ? " · " : null,
    comment.external ? make("span", { class: "tag strong" }, "external") : null,
  ];
  return make(
    "li",
    { "data-comment": comment.id },
    make("p", { class: "entry-about" }, ...about),
    make("p", { class: "entry-text", dir: "auto" }, comment.text),
  );
}

function notSent(error, draft) {
  say("");
  if (error instanceof Refusal && error.status === 401) {
    fault("Your sign-in has ended. You are taken to sign in again; your text waits here.");
    signIn({ then: { draft } }).catch((problem) => fault(inWords(problem).text));
    return;
  }
  const first = error instanceof Refusal ? error.errors[0] : null;
  fault(first?.pointer === "/text" ? `The text ${first.detail}.` : inWords(error).text);
}

function fault(text) {
  byId("comment-fault").textContent = text;
  byId("comment-fault").hidden = !text;
  byId("comment-text").setAttribute("aria-invalid", text ? "true" : "false");
  if (text) byId("comment-text").focus();
}
