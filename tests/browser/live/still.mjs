// Who asked for less motion sees none.
import assert from "node:assert/strict";

import { partIs } from "./stage.mjs";

export default async function still(stage) {
  const person = await stage.person();
  const { id } = await person.send("POST", "/api/khatmas/", { name: "Mine", khatma_type: "private", target_days: 30 });
  const page = await stage.open({ person, reducedMotion: "reduce" });
  await partIs(page, 1, "mine");
  await person.send("POST", `/api/khatmas/${id}/sessions/`, { chapter_assigned: 1, is_completed: true });
  await partIs(page, 1, "done");
  assert.equal(await page.evaluate(() => document.getAnimations().length), 0);
}
