// Runs before anything is drawn, so that nobody sees the other language or the other light first.
(() => {
  const root = document.documentElement;
  let kept = {};
  try {
    kept = JSON.parse(localStorage.getItem("sakina.preferences")) ?? {};
  } catch {
    // Nothing is remembered here.
  }
  const spoken = (navigator.languages ?? []).find((tag) => /^(ar|en)\b/.test(tag)) ?? "en";
  root.lang = ["ar", "en"].includes(kept.language) ? kept.language : spoken.slice(0, 2);
  root.dir = root.lang === "ar" ? "rtl" : "ltr";
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = ["light", "dark"].includes(kept.theme) ? kept.theme : dark ? "dark" : "light";
})();
