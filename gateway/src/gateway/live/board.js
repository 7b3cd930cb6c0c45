// One khatma: its board of thirty parts, its readers, and what happens in it.

import * as api from "./api.js";
import { flash, hide, make, one, tell } from "./dom.js";
import { attempt } from "./failures.js";
import { learn, nameOf, unlearn } from "./names.js";
import { PARTS, apply, doneOf, partsOf } from "./parts.js";
import { ago, number, say, sayOf, share } from "./words.js";

const MOST_HAPPENINGS = 8;
const QUIET_MS = 700;
const GOLDEN_ANGLE = 137.508;

let me = null;
let khatma = null;
let parts = partsOf([]);
let happenings = [];
let chosen = null;
let focused = 1;
let settling = null;
let wanted = null;
let events = 0;

const board = one("board");
const sheet = one("part");

/** Show the khatma `id` to `person`, whose id that is; what happened in it before, newest first. */
export async function showKhatma(id, person, before) {
  me = person;
  wanted = id;
  if (id !== khatma?.id) sheet.close();
  clearTimeout(settling);
  if (!(await read(id))) return;
  happenings = before.filter(({ subject }) => subject === `khatma/${id}`).slice(0, MOST_HAPPENINGS);
  hide(one("invitation"), true, one("invite"));
  one("reading").hidden = false;
  draw();
}

export function showNoKhatma() {
  sheet.close();
  clearTimeout(settling);
  khatma = wanted = null;
  one("reading").hidden = true;
}

/** Nothing of it stays in the page, either where it is seen or where it is not. */
export function forgetBoard() {
  showNoKhatma();
  [parts, happenings] = [partsOf([]), []];
  if (board.children.length > 0) drawParts();
  for (const id of ["khatma-name", "khatma-facts", "part-text", "readers", "happenings"]) one(id).replaceChildren();
  one("invitation-link").value = "";
}

/** Take in an event of the khatma that is shown. */
export function heard(event) {
  if (event.data.account_deleted) unlearn(event.data.member);
  if (khatma === null || event.subject !== `khatma/${khatma.id}`) return;
  events += 1;
  const isOver = endsFor(me, event);
  const changed = apply(parts, event);
  happenings = [{ ...event, isNew: true }, ...happenings].slice(0, MOST_HAPPENINGS);
  const words = wordsOf(event);
  // What becomes of the part that one looks at is told by its own words.
  if (words && !(sheet.open && changed.includes(chosen))) tell(words);
  draw();
  for (const chapter of changed) flash(tile(chapter), "changed");
  // What is no longer one's own is not read anew: another is shown.
  if (isOver) clearTimeout(settling);
  else settle();
}

const endsFor = (person, { type, data }) =>
  /^khatma\.deleted\./.test(type) || (/^khatma\.member_left\./.test(type) && data.member === person);

/** Read it anew once nothing has happened for a moment: names, days and readers come with it. */
export function settle() {
  clearTimeout(settling);
  const { id } = khatma ?? {};
  if (id === undefined) return;
  settling = setTimeout(async () => {
    try {
      if (await read(id)) draw();
    } catch {
      // What was seen last stays, and the state says that nobody answers.
    }
  }, QUIET_MS);
}

export function sayBoard() {
  if (khatma !== null) draw();
}

/** Read the khatma `id`; false where meanwhile another is wanted, or what was read is old already. */
async function read(id) {
  const began = events;
  const [found, taken] = await Promise.all([
    api.get(`/api/khatmas/${id}/`),
    api.get(`/api/khatmas/${id}/sessions/?page_size=${PARTS}`),
  ]);
  if (wanted !== id || (began !== events && khatma?.id === id)) return false;
  const fresh = partsOf(taken.results);
  // A part stays done by whom it was done, until their account is gone.
  const isUnnamed = ({ state, reader }, chapter) => state === "done" && reader !== null && fresh[chapter].state === "done" && fresh[chapter].reader === null;
  if (khatma?.id === id) parts.filter(isUnnamed).forEach(({ reader }) => unlearn(reader));
  learn([...taken.results, ...found.participants].map(({ user }) => user).concat(found.creator));
  khatma = found;
  parts = fresh;
  return true;
}

const called = (id) => (id === me ? say("you") : (nameOf(id) ?? say("someone")));
/** As a sentence of either direction holds a name: read by itself, and no further. */
const inSentence = (id) => `\u2068${called(id)}\u2069`;
const hueOf = (id) => ((id ?? 0) * GOLDEN_ANGLE) % 360;
const stateOf = ({ state, reader }) => (state === "held" && reader === me ? "mine" : state);

function draw() {
  const done = doneOf(parts);
  one("khatma-name").textContent = khatma.name;
  one("khatma-facts").textContent =
    done === PARTS ? say("complete") : say("facts", done, khatma.participants.length, khatma.days_remaining);
  const ring = one("progress");
  ring.style.setProperty("--share", (done / PARTS) * 100);
  ring.setAttribute("aria-label", say("progress", done));
  one("progress-text").textContent = share((done / PARTS) * 100);
  drawParts();
  drawReaders();
  drawHappenings();
  hide(one("invite-place"), khatma.khatma_type !== "group" || !khatma.is_participant, one("readers-title"));
  if (sheet.open) drawSheet();
}

// The board

function drawParts() {
  if (board.children.length === 0) board.append(...Array.from({ length: PARTS }, (_, index) => place(index + 1)));
  for (let chapter = 1; chapter <= PARTS; chapter += 1) drawPart(tile(chapter), chapter);
}

function place(chapter) {
  const button = make(
    "button",
    { type: "button", class: "part", "data-chapter": chapter, "aria-haspopup": "dialog", tabindex: chapter === focused ? 0 : -1 },
    make("span", { class: "unseen" }),
    make("span", { class: "khatam", "aria-hidden": "true" }),
    make("span", { class: "by", "aria-hidden": "true", dir: "auto" }),
  );
  return make("li", {}, button);
}

const tile = (chapter) => board.children[chapter - 1].firstChild;

function drawPart(button, chapter) {
  const part = parts[chapter];
  const state = stateOf(part);
  const [name, star, by] = button.children;
  button.dataset.state = state;
  name.textContent = say("partNote", textOf(part), chapter);
  star.className = `khatam ${state}`;
  star.style.setProperty("--hue", hueOf(part.reader));
  star.textContent = number(chapter);
  by.textContent = state === "open" ? "" : `${state === "done" ? "✓ " : ""}${called(part.reader)}`;
}

function textOf(part) {
  const isMine = part.reader === me;
  if (part.state === "open") return say("partOpen");
  if (part.state === "held") return isMine ? say("partMine") : say("partHeld", inSentence(part.reader));
  return isMine ? say("partDoneMine") : say("partDone", inSentence(part.reader));
}

board.addEventListener("click", ({ target }) => {
  const button = target.closest(".part");
  if (button) choose(Number(button.dataset.chapter));
});

board.addEventListener("keydown", (event) => {
  const step = stepOf(event.key);
  if (step === null) return;
  event.preventDefault();
  const next = step === -Infinity ? 1 : step === Infinity ? PARTS : focused + step;
  if (next >= 1 && next <= PARTS) focus(next);
});

board.addEventListener("focusin", ({ target }) => focus(Number(target.dataset.chapter), false));

/** How far a key goes: left and right as the eye sees them, up and down by a row. */
function stepOf(key) {
  const onward = document.documentElement.dir === "rtl" ? "ArrowLeft" : "ArrowRight";
  const row = getComputedStyle(board).gridTemplateColumns.split(" ").length;
  const steps = { ArrowUp: -row, ArrowDown: row, Home: -Infinity, End: Infinity };
  if (key === "ArrowLeft" || key === "ArrowRight") return key === onward ? 1 : -1;
  return steps[key] ?? null;
}

function focus(chapter, move = true) {
  tile(focused).tabIndex = -1;
  focused = chapter;
  tile(focused).tabIndex = 0;
  if (move) tile(focused).focus();
}

// A part, chosen

function choose(chapter) {
  chosen = chapter;
  focus(chapter, false);
  drawSheet();
  sheet.showModal();
}

function drawSheet() {
  const part = parts[chosen];
  const state = stateOf(part);
  const isOpen = khatma.status === "active" && khatma.is_participant;
  const star = one("part-star");
  star.className = `khatam big ${state}`;
  star.style.setProperty("--hue", hueOf(part.reader));
  star.textContent = number(chosen);
  one("part-title").textContent = say("part", chosen);
  // Read out as it changes; the same words again would be read out again.
  const text = one("part-text");
  if (text.textContent !== textOf(part)) text.textContent = textOf(part);
  const close = one("part-close");
  hide(one("part-claim"), !(isOpen && state === "open"), close);
  hide(one("part-finish"), !(isOpen && (state === "open" || state === "mine")), close);
  hide(one("part-back"), !(isOpen && state === "done" && part.reader === me), close);
}

function report(button, isDone) {
  const [chapter, { id }] = [chosen, khatma];
  return attempt(async () => {
    sheet.close();
    await api.post(`/api/khatmas/${id}/sessions/`, { chapter_assigned: chapter, is_completed: isDone });
    if (khatma?.id !== id) return;
    // The event says so too; whoever acts sees it at once.
    parts[chapter] = { state: isDone ? "done" : "held", reader: me };
    draw();
    flash(tile(chapter), "changed");
    settle();
  }, button);
}

one("part-claim").addEventListener("click", ({ target }) => report(target, false));
one("part-finish").addEventListener("click", ({ target }) => report(target, true));
one("part-back").addEventListener("click", ({ target }) => report(target, false));
one("part-close").addEventListener("click", () => sheet.close());
sheet.addEventListener("click", ({ target }) => target === sheet && sheet.close());
sheet.addEventListener("close", () => tile(focused).focus());

// Readers, and what happens

function drawReaders() {
  const count = (reader, state) => parts.filter((part) => part.reader === reader && part.state === state).length;
  one("readers").replaceChildren(
    ...khatma.participants.map(({ user: { id } }) => {
      const [done, held] = [count(id, "done"), count(id, "held")];
      const face = make("span", { class: "face", "aria-hidden": "true" }, [...called(id)][0] ?? "");
      face.style.setProperty("--hue", hueOf(id));
      return make(
        "li",
        {},
        face,
        make("bdi", {}, called(id)),
        make("span", { class: "count", title: say("readerParts", done, held) }, number(done)),
        make("span", { class: "unseen" }, say("readerParts", done, held)),
      );
    }),
  );
}

const wordsOf = ({ type, actor, data }) => sayOf("happened", type)?.(inSentence(data.member ?? actor), data);

function drawHappenings() {
  const lines = happenings.filter(wordsOf).map((event) => {
    const line = make("li", { "data-id": event.id, class: event.isNew && "arriving" }, `${wordsOf(event)} `, make("small", {}, ago(event.time)));
    event.isNew = false;
    return line;
  });
  one("happenings").replaceChildren(...(lines.length > 0 ? lines : [make("li", { class: "soft" }, say("nothingYet"))]));
}

one("invite").addEventListener("click", ({ target }) =>
  attempt(async () => {
    const { code } = await api.post(`/api/khatmas/${khatma.id}/links/`, {});
    const link = one("invitation-link");
    link.value = `${location.origin}/live#join=${code}`;
    one("invitation").hidden = false;
    link.focus();
    link.select();
  }, target),
);
