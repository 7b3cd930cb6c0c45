// Language and light: chosen by a switch, remembered on this machine.

const KEY = "sakina.preferences";
const root = document.documentElement;

export const language = () => root.lang;
export const theme = () => root.dataset.theme;

export function chooseLanguage(chosen) {
  root.lang = chosen;
  root.dir = chosen === "ar" ? "rtl" : "ltr";
  remember({ language: chosen });
  document.dispatchEvent(new Event("language"));
}

export function chooseTheme(chosen) {
  root.dataset.theme = chosen;
  remember({ theme: chosen });
  document.dispatchEvent(new Event("theme"));
}

/** Who has chosen nothing is followed: the machine's own light changes with the day. */
export function followTheMachine() {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", ({ matches }) => {
    if (kept().theme === undefined) {
      root.dataset.theme = matches ? "dark" : "light";
      document.dispatchEvent(new Event("theme"));
    }
  });
}

function kept() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? {};
  } catch {
    return {};
  }
}

function remember(more) {
  try {
    localStorage.setItem(KEY, JSON.stringify({ ...kept(), ...more }));
  } catch {
    // A browser that keeps nothing asks again the next time.
  }
}
