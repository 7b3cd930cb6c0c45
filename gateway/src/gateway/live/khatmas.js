// Which khatma is shown, and how one comes to one: begun, joined, or opened by a link.

import * as api from "./api.js";
import { make, one } from "./dom.js";
import { attempt } from "./failures.js";
import { say } from "./words.js";

const MOST_OPEN = 6;
const LAST = "sakina.khatma";
const CODE = /([A-Za-z0-9_-]{16,64})\/?$/;

let mine = [];
let open = [];
let shown = null;
let invited = null;
let show = () => {};

/** Show one's khatmas; `shows` is called with the id of the one to show, or null without any. */
export async function showKhatmas(shows, wanted = null) {
  show = shows;
  mine = await api.get("/api/khatmas/?filter=my_khatmas");
  const last = wanted ?? shown ?? Number(sessionStorage.getItem(LAST));
  await choose(mine.find(({ id }) => id === last)?.id ?? mine[0]?.id ?? null);
}

export function sayKhatmas() {
  draw();
}

/** Show what the link in the page's address opens, where there is one. Joining is left to a click. */
export async function showInvitation() {
  const code = new URLSearchParams(location.hash.slice(1)).get("join");
  if (code === null) return;
  history.replaceState(null, "", location.pathname);
  invited = await api.get(`/api/khatmas/links/${encodeURIComponent(code)}/`);
  if (mine.some(({ id }) => id === invited.id)) return choose(invited.id);
  one("link").value = code;
  await unfold(true);
  drawInvitation();
  one("join-by-link").focus();
}

function drawInvitation() {
  one("invited").hidden = invited === null;
  one("invited").textContent = invited === null ? "" : say("invited", `\u2068${invited.name}\u2069`);
}

async function choose(id) {
  shown = id;
  if (id !== null) sessionStorage.setItem(LAST, id);
  draw();
  await show(id);
  if (id === null) await unfold(true);
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
  const rows = open.slice(0, MOST_OPEN).map(({ id, name }) => {
    const button = make("button", { type: "button", class: "quiet", "aria-label": say("joinNamed", name) }, say("join"));
    button.addEventListener("click", () => arrive(() => api.post(`/api/khatmas/${id}/join/`).then(() => id), button));
    return make("li", {}, make("bdi", {}, name), button);
  });
  one("open-khatmas").replaceChildren(...(rows.length > 0 ? rows : [make("li", { class: "soft" }, say("nothingOpen"))]));
}

async function unfold(is) {
  one("find").hidden = !is;
  one("find-open").setAttribute("aria-expanded", String(is));
  if (!is) return;
  ({ results: open } = await api.get("/api/khatmas/?filter=joinable"));
  drawOpen();
}

/** Do what brings one to a khatma, and show it. */
function arrive(act, control) {
  return attempt(async () => {
    const id = await act();
    await unfold(false);
    await showKhatmas(show, id);
    one("khatma").focus();
  }, control);
}

async function joinByCode(text) {
  const code = text.trim().match(CODE)?.[1];
  if (code === undefined) throw Object.assign(new Error(), { kind: "link" });
  return api.post(`/api/khatmas/links/${code}/`);
}

one("khatma").addEventListener("change", ({ target }) => attempt(() => choose(Number(target.value))));

one("find-open").addEventListener("click", () =>
  attempt(async () => {
    const is = one("find").hidden;
    await unfold(is);
    if (is) one("find-title").focus();
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
    const { khatma } = await joinByCode(event.target.elements.link.value);
    event.target.reset();
    invited = null;
    return khatma;
  }, event.submitter);
});
