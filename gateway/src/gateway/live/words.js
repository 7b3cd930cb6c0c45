// What the page says, in the language that is chosen.

import { arabic } from "./words.ar.js";
import { english } from "./words.en.js";
import { one } from "./dom.js";
import { language } from "./preferences.js";

const WORDS = { ar: arabic, en: english };
const LOCALES = { ar: "ar-EG", en: "en" };
const STEPS = [["day", 86_400], ["hour", 3_600], ["minute", 60]];

/** The words called `name`; those with something to fill in are functions of it. */
export function say(name, ...filled) {
  const words = WORDS[language()][name];
  return typeof words === "function" ? words(...filled) : words;
}

/** One of several words of a kind, such as a type of meditation; null where there is none. */
export const sayOf = (kind, name) => WORDS[language()][kind][name] ?? null;

export const number = (value, options) => new Intl.NumberFormat(LOCALES[language()], options).format(value);

export const share = (percent) => number(percent / 100, { style: "percent", maximumFractionDigits: 0 });

export const listed = (parts) => new Intl.ListFormat(LOCALES[language()]).format(parts.map((part) => number(part)));

/** How long ago `moment` was, roughly. */
export function ago(moment) {
  const seconds = Math.max(0, (Date.now() - Date.parse(moment)) / 1000);
  const format = new Intl.RelativeTimeFormat(LOCALES[language()], { numeric: "auto" });
  const [unit, length] = STEPS.find(([, long]) => seconds >= long) ?? ["second", 1];
  return unit === "second" ? say("now") : format.format(-Math.floor(seconds / length), unit);
}

/** Say everything that stands in the page itself. */
export function sayPage() {
  for (const element of document.querySelectorAll("[data-text]")) {
    element.textContent = say(element.dataset.text);
  }
  for (const element of document.querySelectorAll("[data-label]")) {
    element.setAttribute("aria-label", say(element.dataset.label));
  }
  for (const element of document.querySelectorAll("[data-minutes]")) {
    element.textContent = number(Number(element.dataset.minutes));
    element.setAttribute("aria-label", say("minutes", Number(element.dataset.minutes)));
  }
  const types = one("session-type");
  const chosen = types.value;
  types.replaceChildren(...Object.entries(WORDS[language()].sessionTypes).map(([value, text]) => new Option(text, value)));
  if (chosen) types.value = chosen;
  document.title = say("title");
}
