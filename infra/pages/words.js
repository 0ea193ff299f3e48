// The words in which the pages speak of invitations, rights and files. Plain functions.

/** Who invites, as far as it is known. */
export function inviter({ inviter: name, org }) {
  return name ?? orgName(org) ?? "Somebody";
}

/** What an org is called, as far as it is known. */
export function orgName(org) {
  return org?.name ?? org?.id ?? null;
}

/** What an invitation is: the name it begins with, or null, and the rest of the sentence. */
export function headline(invitation) {
  const { to, inviter: name, org, group, kind } = invitation;
  if (to === "member") {
    const verb = kind === "external" ? "work with" : "join";
    const place = orgName(org) ?? "an organisation";
    return name ? [name, `invites you to ${verb} ${place}`] : [null, `You are invited to ${verb} ${place}`];
  }
  const where = to === "share" ? "a case" : group ? `the group “${group}”` : "a group";
  return [inviter(invitation), `invites you to ${where}`];
}

/** To what an invitation leads. */
export function what({ to, case: known, org, group }) {
  if (to === "group") return group ?? "A group";
  if (to === "member") return orgName(org) ?? "An organisation";
  const parts = [known?.number ? `Case ${known.number}` : null, known?.title].filter(Boolean);
  return parts.length > 0 ? parts.join(": ") : "A case. You see its title after accepting.";
}

/** As what one is invited, or null where that says nothing. */
export function asWhat({ to, kind, gives }) {
  if (to === "share") return gives ? rights(gives) : null;
  if (to === "group") return "Member: you see what is shared with the group";
  switch (kind) {
    case "external":
      return "External user: you see what the organisation opens to you";
    case "guest":
      return "Guest: you see only what is shared with you";
    default:
      return "Colleague";
  }
}

const ROLES = {
  viewer: "You may read",
  editor: "You may read and change",
  "editor-close": "You may read, change, close and reopen",
};

/** What a share gives. */
export function rights({ role, sections }) {
  if (role) return ROLES[role] ?? role;
  if (!sections) return null;
  const named = (level) =>
    Object.keys(sections).filter((section) => sections[section] === level);
  const [read, write] = [named("read"), named("write")];
  const parts = [
    read.length > 0 ? `read ${list(read)}` : null,
    write.length > 0 ? `change ${list(write)}` : null,
  ].filter(Boolean);
  return parts.length > 0 ? `You may ${parts.join(" and ")}` : null;
}

/** What each TLP asks of the reader. Source: FIRST, Traffic Light Protocol 2.0. */
export const HANDLING = {
  clear: "May be passed on freely.",
  green: "May be passed on within your community, not published.",
  amber: "Only for those in your organisation and its clients who need to know.",
  "amber+strict": "Only for those in your organisation who need to know.",
  red: "For you alone. Do not pass it on.",
};

/** How a case came to the reader, in a list. */
export const HOW = {
  own: "your organisation’s",
  individual: "shared with you",
  group: "shared with a group of yours",
  external: "open to external users",
};

/** The same, in a sentence. */
export const WHY = {
  own: "Your organisation owns it.",
  individual: "It is shared with you.",
  group: "It is shared with a group of yours.",
  external: "It is open to external users.",
};

/** Refusals whose own words are for whoever shares, in words for whom it is shared with. */
export const REFUSALS = {
  guests_refused: "This organisation does not admit guests with your address. Ask whoever invited you.",
  recipient_locked: "This organisation has locked you out. Ask whoever invited you.",
  use_external_access: "You are an external user of this organisation: it opens cases to you in another way. Ask whoever invited you.",
};

/** A size in bytes as people say it. */
export function size(bytes) {
  const units = ["bytes", "kB", "MB", "GB"];
  let [value, unit] = [bytes, 0];
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** Milliseconds as the number and unit that `Intl.RelativeTimeFormat` takes. */
export function duration(ms) {
  const minutes = Math.max(1, Math.round(ms / 60_000));
  if (minutes < 90) return [minutes, "minute"];
  const hours = Math.round(minutes / 60);
  return hours < 48 ? [hours, "hour"] : [Math.round(hours / 24), "day"];
}

function list(words) {
  return new Intl.ListFormat("en-GB").format(words);
}
