// Leaving a case that was shared with the reader.

import { call, onceKey } from "./api.js";
import { busy, button, byId, confirmed, inWords, say, trouble } from "./page.js";

const TEXTS = {
  individual: "The case is gone from your list at once. To see it again, you would have to be invited again.",
  group: "The case is gone from your list at once. Your group keeps it, and you stay in the group.",
};

/** Offers to leave where the case came by a share; `left` hears of it. */
export function offerToLeave({ id, how }, left) {
  const text = TEXTS[how];
  byId("leave-card").hidden = !text;
  if (!text) return;
  byId("leave-dialog-text").textContent = text;
  byId("leave").onclick = async () => {
    if (await confirmed(byId("leave-dialog"))) leave(id, left, onceKey());
  };
}

async function leave(id, left, once) {
  say("Leaving…");
  try {
    await busy([byId("leave")], () =>
      call("POST", `/v1/cases/${id}/disconnect`, { body: {}, once }),
    );
  } catch (error) {
    const again = button("Try again", () => leave(id, left, once), { id: "retry", class: "primary" });
    return trouble({ ...inWords(error), actions: [again], alone: false });
  }
  await left(id);
}
