// The attachments of a case, and downloading them.

import { call } from "./api.js";
import { Refusal } from "./failures.js";
import { pagedList } from "./list.js";
import { busy, button, byId, given, inWords, make, say, time } from "./page.js";
import { size } from "./words.js";

const STATES = {
  uploading: "has not arrived yet",
  scanning: "is being scanned for malware",
  rejected: "was refused",
};

/** Shows the attachments of a case to who has `level` in one of their sections. */
export function showAttachments(id, level) {
  byId("attachments-card").hidden = !level;
  if (level) pagedList("attachments", `/v1/cases/${id}/attachments`, entry)();
}

function entry(attachment) {
  const name = given(attachment.name);
  const about = [
    attachment.section === "reports" ? "Report · " : null,
    size(attachment.size),
    " · ",
    attachment.own ? "you" : given(attachment.author?.name ?? "somebody"),
    " · ",
    time(attachment.created_at),
    attachment.external ? " · " : null,
    attachment.external ? make("span", { class: "tag strong" }, "external") : null,
  ];
  const ready = attachment.state === "ready";
  const fetchIt = button("Download", () => download(attachment, fetchIt), {
    "aria-label": `Download ${attachment.name}`,
    "data-download": attachment.id,
  });
  const description = make(
    "div",
    {},
    make("p", { class: "entry-title" }, name),
    make("p", { class: "entry-about" }, ...about),
    notes(attachment),
  );
  const actions = ready ? make("div", { class: "actions" }, fetchIt) : null;
  return make(
    "li",
    { "data-attachment": attachment.id },
    make("div", { class: "entry-row" }, description, actions),
  );
}

/** What a reader should know before opening the file. */
function notes({ state, reason, declared_type: declared, sniffed_type: sniffed }) {
  if (state !== "ready") {
    const why = reason ? `: ${reason}` : "";
    return make("p", { class: "entry-about" }, `This file ${STATES[state] ?? state}${why}.`);
  }
  const silent = !sniffed || !declared || declared === "application/octet-stream";
  if (silent || sniffed === declared) return null;
  return make("p", { class: "entry-about" }, `Said to be ${declared}, looks like ${sniffed}.`);
}

async function download({ case: id, id: attachment, name }, pressed) {
  const problem = byId("attachments-fault");
  problem.hidden = true;
  say(`Fetching ${name}…`);
  try {
    const path = `/v1/cases/${id}/attachments/${attachment}/download`;
    const { url } = await busy([pressed], () => call("POST", path, { body: {} }));
    // It is served to be saved, so the page stays. The link is good for a minute.
    location.assign(url);
    say(`${name} is being saved.`, { news: true });
  } catch (error) {
    say("");
    const gone = error instanceof Refusal && error.status === 404;
    problem.textContent = gone ? `${name} is not open to you any more.` : inWords(error).text;
    problem.hidden = false;
  }
}
