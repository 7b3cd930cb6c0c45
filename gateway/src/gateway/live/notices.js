// Notifications, as they arrive.

import * as api from "./api.js";
import { hide, make, one, tell } from "./dom.js";
import { attempt } from "./failures.js";
import { language } from "./preferences.js";
import { ago, number, say, sayOf } from "./words.js";

const MOST = 10;

let notices = null;
let known = new Set();

export async function showNotices() {
  const { results } = await api.get(`/api/notifications/?page_size=${MOST}`);
  const isFirst = notices === null;
  notices = results.map((notice) => ({ ...notice, isNew: !isFirst && !known.has(notice.id) }));
  known = new Set(results.map(({ id }) => id));
  const [fresh] = notices.filter(({ isNew }) => isNew);
  if (fresh) tell(titleOf(fresh) ?? fresh.title);
  sayNotices();
}

export function forgetNotices() {
  notices = null;
  known = new Set();
  one("notices").replaceChildren();
}

export function sayNotices() {
  if (notices === null) return;
  const unread = notices.filter(({ is_read: isRead }) => !isRead).length;
  one("unread").hidden = unread === 0;
  one("unread").textContent = number(unread);
  one("unread").setAttribute("aria-label", say("unread", unread));
  hide(one("read-all"), unread === 0, one("notices-title"));
  const rows = notices.map(row);
  one("notices").replaceChildren(...(rows.length > 0 ? rows : [make("li", { class: "soft" }, say("noNotices"))]));
}

function row(notice) {
  const kind = [!notice.is_read && "unread", notice.isNew && "arriving"].filter(Boolean).join(" ");
  const item = make("li", { class: kind || null, "data-id": notice.id }, ...words(notice), " ", make("small", {}, ago(notice.created_at)));
  notice.isNew = false;
  return item;
}

/** The service writes in English; in Arabic, its kind and the khatma's name say what it is. */
const titleOf = (notice) => (language() === "en" ? null : sayOf("noticeTitles", notice.notification_type));

function words(notice) {
  const title = titleOf(notice);
  if (title === null) {
    const english = { lang: "en", dir: "ltr" };
    return [make("strong", english, notice.title), make("span", english, notice.message)];
  }
  const about = notice.related_khatma_name;
  return [make("strong", {}, title), make("bdi", {}, about ?? "")];
}

one("read-all").addEventListener("click", ({ target }) =>
  attempt(async () => {
    await api.patch("/api/notifications/mark-all-read/");
    await showNotices();
  }, target),
);
