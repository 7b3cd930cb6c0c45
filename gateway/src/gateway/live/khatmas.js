// Which khatma is shown, and how one comes to one: begun, joined, opened by a link, or elsewhere.

import * as api from "./api.js";
import { hide, make, one, tell } from "./dom.js";
import { attempt } from "./failures.js";
import { say } from "./words.js";

const MOST_OPEN = 6;
const LAST = "sakina.khatma";
const CODE = /([A-Za-z0-9_-]{16,64})\/?$/;
const JOIN = "join";

let mine = [];
let open = [];
let shown = null;
let invited = null;
let visit = 0;
let reading = Promise.resolve();
let show = null;

/** Show one's khatmas; `shows` is called with the id of the one to show, or null without any. */
export async function showKhatmas(shows, wanted = null) {
  show = shows;
  mine = await read();
  const last = wanted ?? shown ?? Number(sessionStorage.getItem(LAST));
  await choose(among(last));
}

/** They may be others than they were, by what happened elsewhere: tell it, and leave one that is there no more. */
export async function followKhatmas() {
  if (show === null) return; // they are about to be shown for the first time
  const during = visit;
  const found = await read();
  if (during !== visit) return; // whoever asked has left
  const [before, seen] = [mine, shown];
  mine = found;
  const news = newsOf(before, mine);
  if (mine.some(({ id }) => id === invited?.id)) forgetInvitation();
  const isThere = among(shown) === shown;
  // A part that is open is closed first: what is told behind it is not heard.
  const chosen = isThere ? null : choose(among(shown));
  news.forEach(tell);
  if (isThere) return void (news.length > 0 && draw());
  await chosen;
  const fresh = mine.find(({ id }) => id === shown);
  if (fresh && seen !== null) tell(say("nowShown", isolated(fresh.name)));
}

export function forgetKhatmas() {
  visit += 1;
  [mine, open, shown, show] = [[], [], null, null];
  forgetInvitation();
  fold();
  one("begin").reset();
  sessionStorage.removeItem(LAST);
  draw();
}

/** One reading after the other, so that what comes last is the newest. */
function read() {
  reading = reading.catch(() => {}).then(() => api.get("/api/khatmas/?filter=my_khatmas"));
  return reading;
}

/** The khatma `id` where it is one's own, else the first that is, else null. */
const among = (id) => (mine.find((each) => each.id === id) ?? mine[0])?.id ?? null;

/** As a sentence of either direction holds a name: read by itself, and no further. */
const isolated = (name) => `\u2068${name}\u2069`;

function newsOf(before, after) {
  const [old, fresh] = [before, after].map((list) => new Map(list.map(({ id, name }) => [id, name])));
  const gone = before.filter(({ id }) => !fresh.has(id)).map(({ name }) => say("notListed", isolated(name)));
  const changed = after.filter(({ id, name }) => old.get(id) !== name);
  return gone.concat(
    changed.map(({ id, name }) =>
      old.has(id) ? say("renamed", isolated(old.get(id)), isolated(name)) : say("listed", isolated(name)),
    ),
  );
}

export function sayKhatmas() {
  draw();
}

const codeInAddress = () => new URLSearchParams(location.hash.slice(1)).get(JOIN);

export const isInvited = () => codeInAddress() !== null;

/** Show what the link in the page's address opens. Joining is left to a click. */
export async function showInvitation() {
  const code = codeInAddress();
  history.replaceState(null, "", location.pathname);
  forgetInvitation();
  const found = await linked(code);
  if (mine.some(({ id }) => id === found.id)) return choose(found.id);
  invited = found;
  one("link").value = code;
  await unfold();
  drawInvitation();
  one("join-by-link").focus();
}

/** The khatma that `code` opens; where nobody answers, the code goes back to where it was. */
async function linked(code) {
  try {
    return await api.get(`/api/khatmas/links/${codeOf(code)}/`);
  } catch (refused) {
    if (refused.status === 0) history.replaceState(null, "", `#${new URLSearchParams({ [JOIN]: code })}`);
    throw refused;
  }
}

function forgetInvitation() {
  invited = null;
  one("follow-link").reset();
  drawInvitation();
}

function drawInvitation() {
  one("invited").hidden = invited === null;
  one("invited").textContent = invited === null ? "" : say("invited", isolated(invited.name));
}

async function choose(id) {
  shown = id;
  if (id !== null) sessionStorage.setItem(LAST, id);
  const wasThere = [one("reading"), one("part"), one("khatma")].some((place) => place.contains(document.activeElement));
  draw();
  await show(id);
  if (id !== null) return;
  const unfolds = unfold();
  if (wasThere) one("find-title").focus();
  await unfolds;
}

function draw() {
  const chooser = one("khatma");
  const options = mine.map(({ id, name }) => new Option(name, id, false, id === shown));
  chooser.replaceChildren(...(options.length > 0 ? options : [new Option(say("noKhatma"), "")]));
  chooser.disabled = options.length === 0;
  drawInvitation();
  drawOpen();
}

function drawOpen() {
  const list = one("open-khatmas");
  const focused = list.contains(document.activeElement) ? document.activeElement.dataset.id : null;
  const rows = open.slice(0, MOST_OPEN).map(({ id, name }) => {
    const button = make("button", { type: "button", class: "quiet", "data-id": id, "aria-label": say("joinNamed", name) }, say("join"));
    button.addEventListener("click", () => arrive(() => api.post(`/api/khatmas/${id}/join/`).then(() => id), button));
    return make("li", {}, make("bdi", {}, name), button);
  });
  list.replaceChildren(...(rows.length > 0 ? rows : [make("li", { class: "soft" }, say("nothingOpen"))]));
  if (focused !== null) (list.querySelector(`[data-id="${focused}"]`) ?? one("find-title")).focus();
}

function fold(is = true) {
  hide(one("find"), is, one("find-open"));
  one("find-open").setAttribute("aria-expanded", String(!is));
}

async function unfold() {
  fold(false);
  ({ results: open } = await api.get("/api/khatmas/?filter=joinable"));
  drawOpen();
}

/** Do what brings one to a khatma, and show it. */
function arrive(act, control) {
  return attempt(async () => {
    const id = await act();
    fold();
    await showKhatmas(show, id);
    one("khatma").focus();
  }, control);
}

/** The code in what somebody has: it, or a link that ends with it. */
function codeOf(text) {
  const code = text.trim().match(CODE)?.[1];
  if (code === undefined) throw Object.assign(new Error(), { kind: "link" });
  return code;
}

one("khatma").addEventListener("change", ({ target }) => attempt(() => choose(Number(target.value))));

one("find-open").addEventListener("click", () =>
  attempt(async () => {
    if (!one("find").hidden) return fold();
    await unfold();
    one("find-title").focus();
  }),
);

one("begin").addEventListener("submit", (event) => {
  event.preventDefault();
  const { name, days, public: isPublic } = event.target.elements;
  const body = { name: name.value, khatma_type: "group", target_days: Number(days.value), is_public: isPublic.checked };
  arrive(async () => {
    const { id } = await api.post("/api/khatmas/", body);
    event.target.reset();
    return id;
  }, event.submitter);
});

one("follow-link").addEventListener("submit", (event) => {
  event.preventDefault();
  arrive(async () => {
    const { khatma } = await api.post(`/api/khatmas/links/${codeOf(event.target.elements.link.value)}/`);
    forgetInvitation();
    return khatma;
  }, event.submitter);
});
