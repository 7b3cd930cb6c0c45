// What axe-core finds that is serious or critical: nothing, in either language, by either light.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

import { part, partIs } from "./stage.mjs";

const source = await readFile(createRequire(`${process.cwd()}/`).resolve("axe-core/axe.min.js"), "utf8");

async function look(page, what) {
  await page.evaluate(() => Promise.all(document.getAnimations().filter(({ effect }) => effect.getTiming().iterations !== Infinity).map(({ finished }) => finished.catch(() => {}))));
  await page.evaluate(source);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document));
  const grave = violations.filter(({ impact }) => ["serious", "critical"].includes(impact));
  assert.deepEqual(grave.map(({ id, nodes }) => [what, id, nodes.slice(0, 3).map(({ html, failureSummary }) => [html, failureSummary])]), []);
}

export default async function axe(stage) {
  for (const path of ["/", "/docs/events"]) {
    const page = await stage.open({ path });
    await look(page, path);
    await page.context().close();
  }
  const [creator, reader] = [await stage.person("Ali Ahmed"), await stage.person("ليلى حسن")];
  const { id } = await creator.send("POST", "/api/khatmas/", { name: "ختمة الحي", khatma_type: "group", target_days: 30, is_public: true });
  await reader.send("POST", `/api/khatmas/${id}/join/`);
  await reader.send("POST", `/api/khatmas/${id}/sessions/`, { chapter_assigned: 2, is_completed: true });
  await reader.send("POST", `/api/khatmas/${id}/sessions/`, { chapter_assigned: 3, is_completed: false });
  await creator.send("POST", "/api/meditations/sessions/", { meditation_type: "breathing", duration: 20 });
  for (const locale of ["en", "ar"]) {
    for (const colorScheme of ["light", "dark"]) {
      const settings = { locale, colorScheme, ...(colorScheme === "dark" ? { viewport: { width: 375, height: 700 } } : {}) };
      const where = `${locale} ${colorScheme}`;
      const door = await stage.open(settings);
      await look(door, `${where} door`);
      await door.click("#to-register");
      await look(door, `${where} registering`);
      await door.context().close();
      const page = await stage.open({ person: creator, ...settings });
      await partIs(page, 2, "done");
      await page.locator("#notices li.unread").first().waitFor();
      await page.click("#find-open");
      await look(page, `${where} home`);
      await part(page, 1).click();
      await look(page, `${where} part`);
      await page.context().close();
    }
  }
}
