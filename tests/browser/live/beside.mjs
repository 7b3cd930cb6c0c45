// What stands beside a long name keeps its shape: an initial is round, a number is whole and on one line.
import assert from "node:assert/strict";

import { partIs } from "./stage.mjs";

const NAME = "Muhammad-Abdurrahman al-Qurashi al-Hashimi al-Baghdadi ibn Abdullah ibn Umar ibn Yusuf";

/** The sizes of `selector`, and how many lines each one's text takes. */
const measured = (page, selector) =>
  page.locator(selector).evaluateAll((all) =>
    all.map((each) => {
      const range = document.createRange();
      range.selectNodeContents(each);
      const tops = new Set([...range.getClientRects()].map(({ top }) => Math.round(top)));
      const { width, height } = each.getBoundingClientRect();
      return { text: each.textContent, width, height, lines: tops.size };
    }),
  );

export default async function beside(stage) {
  const [creator, reader] = [await stage.person("Amal"), await stage.person(NAME)];
  const { id } = await creator.send("POST", "/api/khatmas/", { name: NAME, khatma_type: "group", target_days: 30, is_public: true, parts_at_once: 30 });
  await reader.send("POST", `/api/khatmas/${id}/join/`);
  for (let chapter = 3; chapter <= 25; chapter += 1) await reader.send("POST", `/api/khatmas/${id}/sessions/`, { chapter_assigned: chapter, is_completed: true });
  await reader.send("POST", "/api/khatmas/", { name: NAME, khatma_type: "group", target_days: 30, is_public: true });
  await creator.send("POST", "/api/meditations/sessions/", { meditation_type: "breathing", duration: 1440 });
  for (const [width, locale, colorScheme] of [[320, "en", "light"], [1200, "ar", "dark"]]) {
    const where = `${locale} ${width}`;
    const page = await stage.open({ person: creator, locale, colorScheme, viewport: { width, height: 900 } });
    await partIs(page, 25, "done");
    await page.locator("#leaders .minutes").first().waitFor();
    for (const { text, width: wide, height } of await measured(page, ".face")) {
      assert.ok(Math.abs(wide - height) < 1 && wide > 20, `${where}: the initial ${text} is ${wide} by ${height}`);
    }
    await page.click("#find-open");
    await page.locator("#open-khatmas button").first().waitFor();
    for (const selector of [".readers .count", ".leaders .rank", ".leaders .minutes", "#progress-text", ".badge", ".figures dd", "#open-khatmas button", ".tabs button", ".tools button"]) {
      const found = await measured(page, selector);
      assert.ok(found.length > 0, `${where}: ${selector}`);
      assert.deepEqual(found.filter(({ lines }) => lines > 1), [], `${where}: ${selector} is broken`);
    }
    await page.context().close();
  }
}
