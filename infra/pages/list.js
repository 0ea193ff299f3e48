// A list that comes in pages: the newest first, more at the press of a button.

import { call } from "./api.js";
import { byId, inWords, say } from "./page.js";

/** The button may be gone, and with it the place of who pressed it: they go on at what is new. */
function goOn(entries) {
  say(`${entries.length} more.`, { news: true });
  entries[0]?.setAttribute("tabindex", "-1");
  entries[0]?.focus();
}

/**
 * Fills the list `id` from `path`, one entry by `entry` for each item.
 *
 * Beside `#ID` stand `#ID-more`, `#ID-empty`, `#ID-fault`. Answers what reads it anew.
 */
export function pagedList(id, path, entry) {
  const list = byId(id);
  const more = byId(`${id}-more`);
  const fault = byId(`${id}-fault`);
  let cursor = null;
  let reading = 0;

  async function read(fresh) {
    // Only the latest reading may fill the list: an earlier one may come in late.
    const mine = ++reading;
    more.disabled = true;
    fault.hidden = true;
    try {
      const query = !fresh && cursor ? `${path.includes("?") ? "&" : "?"}cursor=${cursor}` : "";
      const page = await call("GET", path + query);
      if (mine !== reading) return;
      const entries = page.items.map(entry);
      if (fresh) list.replaceChildren(...entries);
      else list.append(...entries);
      cursor = page.cursor;
      more.hidden = !cursor;
      byId(`${id}-empty`).hidden = list.childElementCount > 0;
      if (!fresh) goOn(entries);
    } catch (error) {
      if (mine !== reading) return;
      fault.textContent = inWords(error).text;
      fault.hidden = false;
      more.hidden = false;
    } finally {
      if (mine === reading) more.disabled = false;
    }
  }

  more.onclick = () => read(cursor === null);
  return () => read(true);
}
