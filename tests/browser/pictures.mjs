// Takes the pictures of docs/live.md of a running system, where its folder of tools is:
// cd deploy/clients && node ../../tests/browser/pictures.mjs http://127.0.0.1:8000 /usr/bin/chromium
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

import { Stage, partIs, stateIs } from "./live/stage.mjs";

const [gateway, executablePath] = process.argv.slice(2);
const folder = fileURLToPath(new URL("../../docs/live/", import.meta.url));
const { chromium } = createRequire(`${process.cwd()}/`)("playwright-core");
const browser = await chromium.launch({ executablePath, args: process.getuid?.() === 0 ? ["--no-sandbox"] : [] });
const stage = new Stage(browser, gateway);

const people = [];
for (const name of ["ليلى حسن", "Omar Khaled", "مريم العلي", "Nur Aisyah", "يوسف منصور"]) people.push(await stage.person(name));
const [creator, ...others] = people;
const { id } = await creator.send("POST", "/api/khatmas/", { name: "ختمة رمضان", khatma_type: "group", target_days: 30, is_public: true, parts_at_once: 3 });
for (const person of others) await person.send("POST", `/api/khatmas/${id}/join/`);
const report = (person, chapter, done) => person.send("POST", `/api/khatmas/${id}/sessions/`, { chapter_assigned: chapter, is_completed: done });
for (let chapter = 1; chapter <= 17; chapter += 1) await report(people[(chapter - 1) % people.length], chapter, true);
for (const [who, chapter] of [[1, 19], [2, 20], [0, 22], [3, 25], [4, 27], [0, 29]]) await report(people[who], chapter, false);
for (const [nth, person] of people.entries()) {
  await person.send("POST", "/api/meditations/sessions/", { meditation_type: "breathing", duration: 15 + 7 * nth });
}

const size = { width: 1280, height: 950 };
for (const [name, locale, colorScheme] of [["english-light", "en", "light"], ["arabic-light", "ar", "light"], ["english-dark", "en", "dark"], ["arabic-dark", "ar", "dark"]]) {
  const page = await stage.open({ person: creator, locale, colorScheme, viewport: size, reducedMotion: "reduce" });
  await stateIs(page, "live");
  await partIs(page, 17, "done");
  await page.screenshot({ path: `${folder}${name}.png` });
  await page.context().close();
}
const phone = await stage.open({ person: creator, locale: "ar", viewport: { width: 390, height: 800 }, hasTouch: true, isMobile: true, reducedMotion: "reduce" });
await stateIs(phone, "live");
await partIs(phone, 17, "done");
await phone.screenshot({ path: `${folder}arabic-phone.png` });
await browser.close();
