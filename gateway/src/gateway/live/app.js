// The page: who is there, what they see, and what happens meanwhile.

import * as api from "./api.js";
import { forgetBoard, heard, sayBoard, settle, showKhatma, showNoKhatma } from "./board.js";
import { comeToDoor, hideDoor, sayDoor, showDoor } from "./door.js";
import { forgetTold, one } from "./dom.js";
import { attempt, clearFailure, sayFailure, showFailure } from "./failures.js";
import { followKhatmas, forgetKhatmas, isInvited, sayKhatmas, showInvitation, showKhatmas } from "./khatmas.js";
import { forgetLeaders, sayLeaders, showLeaders } from "./leaders.js";
import { forgetNames } from "./names.js";
import { forgetNotices, sayNotices, showNotices } from "./notices.js";
import { chooseLanguage, chooseTheme, followTheMachine, language, theme } from "./preferences.js";
import { follow } from "./stream.js";
import { forgetToday, sayToday, showToday } from "./today.js";
import { say, sayPage } from "./words.js";

const LOOK_MS = 10_000;
const AGAIN_MS = 3_000;

let me = null;
let state = null;
let before = [];
let stop = null;
let looking = null;

async function enter() {
  me = (await api.get("/api/user/me/")).id;
  const { events, next } = await happened();
  before = events;
  await showKhatmas(show);
  // A service that is down leaves its card as it was.
  await Promise.all([showToday, () => showLeaders(me), showNotices].map(quietly));
  hideDoor();
  one("home").hidden = false;
  one("log-out").hidden = false;
  one("state").hidden = false;
  stop = follow({ after: next, onEvent, onState, onOpen: lookAgain });
  looking = setInterval(look, LOOK_MS);
  one("main").focus({ preventScroll: true });
}

/** A link that is no longer good is said, and keeps nobody out; at the door, it waits. */
async function invitation() {
  if (!isInvited()) return;
  if (me === null) sayDoor();
  else await attempt(showInvitation);
}

/** What happened last, and the cursor to go on from; nothing where there is no record of it. */
async function happened() {
  try {
    return await api.get("/api/activity/?newest=true&limit=50");
  } catch (refused) {
    if (refused.status === 401) throw refused;
    return { events: [], next: null };
  }
}

async function show(id) {
  if (id === null) showNoKhatma();
  else await showKhatma(id, me, before);
}

function leave() {
  stop?.();
  clearInterval(looking);
  stop = null;
  me = null;
  before = [];
  // Who comes next in this tab sees nothing of who was here before.
  for (const forget of [forgetBoard, forgetNames, forgetTold, forgetKhatmas, forgetToday, forgetLeaders, forgetNotices]) forget();
  for (const id of ["home", "log-out", "state"]) one(id).hidden = true;
  clearFailure();
  showDoor(begin);
  comeToDoor();
}

// What happens

const ABOUT = [
  [/^khatma\.(part_completed|part_taken_back|achievement)/, showToday],
  [/^practice\./, () => Promise.all([showToday(), showLeaders(me)])],
  [/^notify\./, showNotices],
];

function onEvent(event) {
  before = [event, ...before].slice(0, 200);
  heard(event);
  const isMine = event.actor === me || event.subject === `person/${me}`;
  if (changesMyList(event)) quietly(followKhatmas);
  // A notification names nobody whose account is gone, once it has been heard of there, too.
  if (event.data.account_deleted) setTimeout(quietly, AGAIN_MS, showNotices);
  for (const [types, act] of ABOUT) if (isMine && types.test(event.type)) quietly(act);
}

/** Whether a khatma may have come to one's own, left them, or be called otherwise; whoever did it, and wherever. */
function changesMyList({ type, data }) {
  if (/^khatma\.(created|updated|deleted)\./.test(type)) return true;
  return /^khatma\.member_(joined|left)\./.test(type) && data.member === me;
}

function onState(fresh) {
  state = fresh;
  sayState();
}

/** What is shown may be old: after a connection was lost, or where there is no stream. */
function lookAgain() {
  settle();
  invitation();
  for (const act of [followKhatmas, showToday, showNotices, () => showLeaders(me)]) quietly(act);
}

/** The leaderboard is in nobody's stream, so it is looked at now and then, while somebody looks. */
function look() {
  if (document.hidden || !navigator.onLine) return;
  if (state === "polling") lookAgain();
  else quietly(() => showLeaders(me));
}

/** Do what nobody asked for: if it fails, what was seen last stays. */
async function quietly(act) {
  try {
    if (me !== null) await act();
  } catch (failure) {
    if (!("status" in failure)) console.error(failure);
  }
}

/** Let in who has logged in, now or before this tab was loaded anew; while nobody answers, ask again. */
async function begin() {
  if (!api.isIn()) return showDoor(begin);
  try {
    await enter();
    clearFailure();
    await invitation();
  } catch (failure) {
    if (!api.isIn()) return; // the session has ended, and the door is open
    showFailure(failure);
    setTimeout(begin, AGAIN_MS);
  }
}

// The language and the light

function sayAll() {
  sayPage();
  one("language").textContent = say("otherLanguage");
  one("language").lang = language() === "ar" ? "en" : "ar";
  sayTheme();
  sayState();
  sayDoor();
  sayFailure();
  if (me === null) return;
  for (const again of [sayKhatmas, sayBoard, sayToday, sayLeaders, sayNotices]) again();
}

function sayTheme() {
  const other = theme() === "dark" ? "toLight" : "toDark";
  one("theme").textContent = theme() === "dark" ? "☀" : "☾";
  one("theme").setAttribute("aria-label", say(other));
  one("theme").title = say(other);
}

function sayState() {
  if (state === null) return;
  one("state").dataset.state = state;
  one("state").textContent = say(state);
}

one("language").addEventListener("click", () => chooseLanguage(language() === "ar" ? "en" : "ar"));
one("theme").addEventListener("click", () => chooseTheme(theme() === "dark" ? "light" : "dark"));
one("log-out").addEventListener("click", ({ target }) =>
  attempt(async () => {
    stop?.(); // it would end with the session, and ask for a ticket in vain
    await api.logOut().finally(leave);
  }, target),
);
// A key that is held goes on where the focus has moved to, and would press what it finds there.
addEventListener("keydown", (event) => event.repeat && event.key === "Enter" && event.preventDefault(), { capture: true });
addEventListener("hashchange", invitation);
document.addEventListener("language", sayAll);
document.addEventListener("theme", sayTheme);
document.addEventListener("practised", () => quietly(() => Promise.all([showToday(), showLeaders(me)])));
document.addEventListener("visibilitychange", () => document.hidden || me === null || lookAgain());
document.addEventListener("ended", () => {
  leave();
  showFailure({ message: "" }, "ended");
});

followTheMachine();
sayAll();
begin();
