// Elements, made without markup: a text is never anything but a text.

const MOST_SAID = 5;

export const one = (id) => document.getElementById(id);

/** Make an element. `set` holds attributes; one that is null or false is left out. */
export function make(name, set = {}, ...inside) {
  const element = document.createElement(name);
  for (const [attribute, value] of Object.entries(set)) {
    if (value !== null && value !== false && value !== undefined) {
      element.setAttribute(attribute, value === true ? "" : value);
    }
  }
  element.append(...inside.filter((each) => each !== null));
  return element;
}

/** Hide `element`, or show it; a focus within what is hidden goes on to `next`. */
export function hide(element, isHidden, next) {
  const hadFocus = element.contains(document.activeElement);
  element.hidden = isHidden;
  if (isHidden && hadFocus) next.focus();
}

/** Restart the animation that `name` stands for. */
export function flash(element, name) {
  element.classList.remove(name);
  void element.offsetWidth; // the browser has to see it without, or it plays nothing
  element.classList.add(name);
}

/** Tell those who do not look at the page; each word is read out, however fast they follow. */
export function tell(text) {
  // Whatever lies behind an open dialog is as if it were not there.
  const said = document.querySelector("dialog[open] [role=log]") ?? one("said");
  said.append(make("p", {}, text));
  while (said.children.length > MOST_SAID) said.firstChild.remove();
}

export function forgetTold() {
  for (const said of document.querySelectorAll("[role=log]")) said.replaceChildren();
}

export const stays = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
