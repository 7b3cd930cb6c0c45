// What went wrong, said in the language of the page; what Sakina said itself stands beside it.

import { one, make } from "./dom.js";
import { language } from "./preferences.js";
import { say, sayOf } from "./words.js";

let shown = null;

export function showFailure(failure, kind = failure.kind ?? null) {
  shown = { failure, kind };
  draw();
}

export function clearFailure() {
  shown = null;
  draw();
}

/** Do `act` while `control` is not to be pressed again; show what it throws. */
export async function attempt(act, control = null) {
  clearFailure();
  if (control) control.disabled = true;
  try {
    return await act();
  } catch (failure) {
    if (!("status" in failure) && !failure.kind) console.error(failure);
    showFailure(failure);
    return undefined;
  } finally {
    if (control) control.disabled = false;
  }
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
