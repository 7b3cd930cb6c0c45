// No word is wider than the page: whatever people call themselves and their khatmas, it wraps.
import assert from "node:assert/strict";

import { part, partIs } from "./stage.mjs";

const WORD = "W".repeat(100);
const LINK = `https://web.example/${"w".repeat(180)}`;

async function fits(page, what) {
  const scrollWidth = await page.evaluate(() => document.documentElement.scrollWidth);
  const { width } = page.viewportSize();
  assert.ok(scrollWidth <= width, `${what}: ${scrollWidth} pixels wide in ${width}`);
}

async function wraps(page, selector) {
  const cut = await page.locator(selector).evaluateAll((all) => all.filter((each) => each.scrollWidth > each.clientWidth + 1).map((each) => each.outerHTML));
  assert.deepEqual(cut, [], `${selector} is cut off`);
}

async function fitsEverywhere(page, where) {
  await partIs(page, 2, "held");
  await page.locator("#notices li.unread").first().waitFor();
  await fits(page, `${where} home`);
  await wraps(page, "h1, .readers li, .notices, .notices li, .happenings li");
  if (await page.locator("#find").isHidden()) await page.click("#find-open");
  await page.locator("#open-khatmas button").first().waitFor();
  await fits(page, `${where} finding`);
  await wraps(page, "#find, #open-khatmas li");
  await page.click("#invite");
  await page.locator("#invitation").waitFor();
  await fits(page, `${where} inviting`);
  await part(page, 2).click();
  await wraps(page, "#part");
  await fits(page, `${where} part`);
  await page.click("#part-close");

  // What was refused, in words that hold what was sent.
  await page.route("**/api/meditations/sessions/", (route) => route.fulfill({ status: 400, json: { detail: `${LINK} is none.` } }));
  await page.click("#session button[type=submit]");
  await page.locator("#failure", { hasText: LINK }).waitFor();
  await fits(page, `${where} failure`);
  await page.unroute("**/api/meditations/sessions/");
}

export default async function wide(stage) {
  const [creator, reader] = [await stage.person(WORD), await stage.person(`Ali${WORD.slice(3)}`)];
  const { id } = await creator.send("POST", "/api/khatmas/", { name: LINK, khatma_type: "group", target_days: 30 });
  const { code } = await creator.send("POST", `/api/khatmas/${id}/links/`, {});
  await reader.send("POST", `/api/khatmas/links/${code}/`);
  await reader.send("POST", "/api/khatmas/", { name: WORD, khatma_type: "group", target_days: 30, is_public: true });
  for (const width of [320, 1280]) {
    for (const locale of ["en", "ar"]) {
      const settings = { locale, viewport: { width, height: 800 } };
      const where = `${locale} ${width}`;
      const page = await stage.open({ person: creator, ...settings });
      await fitsEverywhere(page, where);
      await page.context().close();
      const guest = await stage.open({ person: await stage.person(), path: `/live#join=${code}`, ...settings });
      await guest.locator("#invited", { hasText: LINK }).waitFor();
      await fits(guest, `${where} invited`);
      await wraps(guest, "#invited");
      await guest.context().close();
    }
    for (const path of ["/", "/docs/events", "/live"]) {
      const page = await stage.open({ path, viewport: { width, height: 640 } });
      await fits(page, path);
      await page.context().close();
    }
  }
  stage.checkQuiet(/status of 400/);
}
