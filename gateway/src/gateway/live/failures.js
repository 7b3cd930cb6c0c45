// What went wrong, said in the language of the page; what Sakina said itself stands beside it.

import { one, make } from "./dom.js";
import { language } from "./preferences.js";
import { say, sayOf } from "./words.js";

const REST_MS = 400;

let shown = null;
const busy = new WeakSet();

export function showFailure(failure, kind = failure.kind ?? null) {
  shown = { failure, kind, since: performance.now() };
  draw();
}

/** Somebody answered what was asked at `began`: that nobody can be reached is true no longer. */
function reached({ detail: began }) {
  if (shown?.failure.status === 0 && began > shown.since) clearFailure();
}

export function clearFailure() {
  shown = null;
  draw();
}

/**
 * Do `act`, and show what it throws. Meanwhile `control` is not to be pressed again, nor its form
 * sent; and for a moment longer, since who presses twice in it means one act.
 */
export async function attempt(act, control = null) {
  const whole = control?.form ?? control;
  if (busy.has(whole)) return undefined;
  clearFailure();
  if (control) {
    busy.add(whole);
    // Not `disabled`, by which the focus would go to whatever comes next.
    control.setAttribute("aria-disabled", "true");
  }
  try {
    return await act();
  } catch (failure) {
    if (!("status" in failure) && !failure.kind) console.error(failure);
    showFailure(failure);
    return undefined;
  } finally {
    if (control) setTimeout(() => release(control, whole), REST_MS);
  }
}

function release(control, whole) {
  busy.delete(whole);
  control.removeAttribute("aria-disabled");
}

export function sayFailure() {
  draw();
}

function draw() {
  const place = one("failure");
  place.hidden = shown === null;
  for (const input of document.querySelectorAll("[aria-invalid]")) input.removeAttribute("aria-invalid");
  if (shown === null) return place.replaceChildren();
  const { failure, kind } = shown;
  const wrong = Object.keys(failure.fields ?? {});
  for (const field of wrong) one(field)?.setAttribute("aria-invalid", "true");
  const words = sentence(failure, kind, wrong);
  const original = [failure.message, ...Object.values(failure.fields ?? {}).flat()].join(" ");
  const said = language() === "en" && original && kind === null ? original : words;
  place.replaceChildren(said);
  if (language() !== "en" && original) {
    place.append(make("span", { class: "original", lang: "en", dir: "ltr" }, original));
  }
}

function sentence(failure, kind, wrong) {
  if (kind) return sayOf("failures", kind);
  const field = wrong.find((name) => sayOf("failures", name));
  if (field) return sayOf("failures", field);
  if (!("status" in failure)) return sayOf("failures", 500);
  const status = failure.status;
  return sayOf("failures", status === 0 ? "network" : status) ?? sayOf("failures", status >= 500 ? 500 : 400);
}

document.addEventListener("reached", reached);
