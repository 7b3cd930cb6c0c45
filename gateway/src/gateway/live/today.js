// Today's minutes and streaks, and a session to log.

import * as api from "./api.js";
import { one } from "./dom.js";
import { attempt } from "./failures.js";
import { number } from "./words.js";

const FIGURES = ["minutes-today", "practice-streak", "reading-streak"];

let figures = null;

export async function showToday() {
  const [glance, practice] = await Promise.all([api.get("/api/dashboard/"), api.get("/api/meditations/stats/")]);
  figures = {
    "minutes-today": glance.today_minutes,
    "practice-streak": practice.current_streak,
    "reading-streak": glance.current_streak,
  };
  sayToday();
}

export function forgetToday() {
  figures = null;
  sayToday();
}

export function sayToday() {
  for (const id of FIGURES) {
    // A service that is down says nothing, which is not nought.
    one(id).textContent = (figures?.[id] ?? null) === null ? "–" : number(figures[id]);
  }
}

one("session").addEventListener("submit", (event) => {
  event.preventDefault();
  const { type, minutes } = event.target.elements;
  attempt(async () => {
    await api.post("/api/meditations/sessions/", { meditation_type: type.value, duration: Number(minutes.value) });
    document.dispatchEvent(new Event("practised"));
  }, event.submitter);
});

for (const preset of document.querySelectorAll("[data-minutes]")) {
  preset.addEventListener("click", () => (one("session-minutes").value = preset.dataset.minutes));
}
