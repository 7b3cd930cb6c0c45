// The leaderboard: rows move to their new places.

import * as api from "./api.js";
import { make, one, stays } from "./dom.js";
import { attempt } from "./failures.js";
import { number, say } from "./words.js";

const PLACES = 7;
const MOVE_MS = 600;

let window_ = "week";
let found = null;
let me = null;

/** Ask anew, and show it to the person `id`. */
export async function showLeaders(id) {
  me = id;
  found = await api.get(`/api/meditations/leaderboard/?window=${window_}&limit=${PLACES}`);
  sayLeaders();
}

export function forgetLeaders() {
  found = null;
  one("leaders").replaceChildren();
  one("my-rank").hidden = true;
}

export function sayLeaders() {
  if (found === null) return;
  const list = one("leaders");
  const before = new Map([...list.children].map((row) => [row.dataset.key, row.getBoundingClientRect().top]));
  const rows = found.results.map(row);
  list.replaceChildren(...(rows.length > 0 ? rows : [make("li", { class: "soft" }, say("noLeaders"))]));
  if (!stays()) for (const moved of rows) move(moved, before.get(moved.dataset.key));
  one("my-rank").hidden = found.me === null;
  one("my-rank").textContent = found.me === null ? "" : say("myRank", found.me.rank, found.me.total_minutes);
}

function row({ rank, user, total_minutes: minutes }) {
  return make(
    "li",
    { "data-key": user.id ?? `rank-${rank}`, class: user.id === me && "me" },
    make("span", { class: "rank" }, number(rank)),
    make("bdi", { class: "name" }, user.id === me ? say("you") : user.id === null ? say("someone") : user.username),
    make("span", { class: "minutes" }, say("minutes", minutes)),
  );
}

function move(element, from) {
  const to = element.getBoundingClientRect().top;
  if (from === undefined) element.classList.add("arriving");
  else if (from !== to) element.animate([{ transform: `translateY(${from - to}px)` }, {}], { duration: MOVE_MS, easing: "ease-in-out" });
}

for (const button of document.querySelectorAll("[data-window]")) {
  button.addEventListener("click", () =>
    attempt(async () => {
      window_ = button.dataset.window;
      for (const each of document.querySelectorAll("[data-window]")) {
        each.setAttribute("aria-pressed", String(each === button));
      }
      await showLeaders(me);
    }),
  );
}
