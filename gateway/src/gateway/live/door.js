// Logging in, or making an account.

import * as api from "./api.js";
import { one } from "./dom.js";
import { attempt, clearFailure } from "./failures.js";
import { isInvited } from "./khatmas.js";
import { say } from "./words.js";

let isNew = false;
let enter = () => {};

/** Show the door; `enters` is called when somebody is in. */
export function showDoor(enters) {
  enter = enters;
  one("door").hidden = false;
  draw();
}

/** Come to it from the page: the focus is where one goes on. */
export function comeToDoor() {
  one(isNew ? "fullname" : "email").focus();
}

export function hideDoor() {
  one("door").hidden = true;
  one("door-fields").reset();
}

export function sayDoor() {
  draw();
}

function draw() {
  one("to-log-in").setAttribute("aria-pressed", String(!isNew));
  one("to-register").setAttribute("aria-pressed", String(isNew));
  one("fullname-field").hidden = !isNew;
  one("fullname").required = isNew;
  one("password-hint").hidden = !isNew;
  one("password").autocomplete = isNew ? "new-password" : "current-password";
  one("door-invited").hidden = !isInvited();
  one("enter").textContent = say(isNew ? "register" : "logIn");
}

function turn(is) {
  isNew = is;
  clearFailure();
  draw();
  comeToDoor();
}

async function pass({ fullname, email, password }) {
  try {
    if (isNew) await api.register(fullname.value, email.value, password.value);
    await api.logIn(email.value, password.value);
  } catch (refused) {
    if (refused.status === 401) refused.kind = "wrongLogin";
    if (refused.status === 409) refused.kind = "taken";
    throw refused;
  }
}

one("to-log-in").addEventListener("click", () => turn(false));
one("to-register").addEventListener("click", () => turn(true));

one("door-fields").addEventListener("submit", (event) => {
  event.preventDefault();
  attempt(async () => {
    await pass(event.target.elements);
    await enter();
  }, one("enter"));
});
