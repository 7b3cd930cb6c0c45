// On a small phone nothing is cut off, and what is to be pressed is large enough.
import assert from "node:assert/strict";

import { part, partIs, stateIs } from "./stage.mjs";

const ONE_LINE = 72; // CSS pixels, of the bar that stays in sight
const SMALLEST = 24; // CSS pixels: WCAG 2.2, 2.5.8

export default async function phone(stage) {
  const person = await stage.person("عبد الرحمن بن عبد الله الطويل الاسم");
  await person.send("POST", "/api/khatmas/", { name: "A khatma with a name that is far longer than any phone is wide", khatma_type: "group", target_days: 30 });
  for (const locale of ["en", "ar"]) {
    const page = await stage.open({ person, locale, viewport: { width: 320, height: 640 }, hasTouch: true, isMobile: true });
    await partIs(page, 1, "mine");
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= 320, `${locale}: ${wide} pixels wide`);
    await stateIs(page, "live");
    const bar = await page.locator(".bar").boundingBox();
    assert.ok(bar.height <= ONE_LINE, `${locale}: the bar is ${bar.height} pixels high`);
    for (const button of await page.locator("button:visible").all()) {
      const { width, height } = await button.boundingBox();
      assert.ok(width >= SMALLEST && height >= SMALLEST, await button.evaluate((each) => each.outerHTML));
    }
    await part(page, 7).tap();
    await page.locator("#part-close").tap();
    await page.context().close();
  }
}
