// What is drawn anew keeps the focus, or hands it on to what is left; nobody is thrown to the page's beginning.
import assert from "node:assert/strict";

import { part, partIs, stateIs, until } from "./stage.mjs";

const focused = (page) => page.evaluate(() => document.activeElement.dataset.chapter ?? document.activeElement.id);

const isAt = (page, id) => until(async () => (await focused(page)) === id, `the focus is at ${id}`);

export default async function focus(stage) {
  const [creator, reader] = [await stage.person("Ali Ahmed"), await stage.person("Sara Nabil")];
  const { id } = await creator.send("POST", "/api/khatmas/", { name: "Ours", khatma_type: "group", target_days: 30, is_public: true, parts_at_once: 30 });
  await reader.send("POST", `/api/khatmas/${id}/join/`);
  const report = (person, chapter, done) => person.send("POST", `/api/khatmas/${id}/sessions/`, { chapter_assigned: chapter, is_completed: done });
  const page = await stage.open({ person: creator });
  await stateIs(page, "live");
  await partIs(page, 2, "held");

  // Somebody else takes the part that one is about to take: what is left is Close, and one is told why.
  await part(page, 7).click();
  await isAt(page, "part-claim");
  await report(reader, 7, false);
  await partIs(page, 7, "held");
  await isAt(page, "part-close");
  const live = page.locator("#part [aria-live=polite]");
  await live.filter({ hasText: "Sara Nabil" }).waitFor();
  assert.equal(await live.evaluate((each) => each.closest("dialog").open), true, "beside an open dialog, nothing is heard");

  // What happens meanwhile to others is heard, too.
  await report(reader, 8, true);
  await page.locator("#part [role=log]", { hasText: "finished part 8" }).waitFor({ state: "attached" });
  await page.click("#part-close");
  await isAt(page, "7");

  // One's own, taken back on another device while one is at the button for it.
  await report(creator, 5, true);
  await partIs(page, 5, "done");
  await part(page, 5).click();
  await isAt(page, "part-back");
  await report(creator, 5, false);
  await partIs(page, 5, "mine");
  await isAt(page, "part-close");
  await page.click("#part-close");

  // A list that is drawn anew meanwhile.
  const [open] = await Promise.all(["Dawn", "Noon"].map((name) => reader.send("POST", "/api/khatmas/", { name, khatma_type: "group", target_days: 30, is_public: true })));
  await page.click("#find-open");
  await isAt(page, "find-title");
  await page.getByRole("button", { name: "Join Dawn" }).focus();
  const elsewhere = await creator.send("POST", "/api/khatmas/", { name: "Evening", khatma_type: "group", target_days: 30 });
  await page.locator("#khatma option", { hasText: "Evening" }).waitFor({ state: "attached" });
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute("aria-label")), "Join Dawn");
  await creator.send("POST", `/api/khatmas/${open.id}/join/`);
  await page.locator("#khatma option", { hasText: "Dawn" }).waitFor({ state: "attached" });
  await page.getByRole("button", { name: "Join Noon" }).waitFor();

  // The link of a khatma that is there no more.
  await page.selectOption("#khatma", String(elsewhere.id));
  await page.locator("#khatma-name", { hasText: "Evening" }).waitFor();
  await page.click("#invite");
  await isAt(page, "invitation-link");
  await creator.send("DELETE", `/api/khatmas/${elsewhere.id}/`);
  await page.locator("#invitation").waitFor({ state: "hidden" });
  await isAt(page, "invite");

  // Notifications, read on another device while one is at the button for it.
  await page.locator("#read-all").focus();
  await creator.send("PATCH", "/api/notifications/mark-all-read/");
  await page.locator("#read-all").waitFor({ state: "hidden" });
  await isAt(page, "notices-title");

  // The last khatma goes, while one is about to choose among them.
  await page.locator("#khatma").focus();
  await creator.send("DELETE", `/api/khatmas/${open.id}/leave/`);
  await creator.send("DELETE", `/api/khatmas/${id}/`);
  await page.locator("#khatma option", { hasText: "No khatma yet" }).waitFor({ state: "attached" });
  await isAt(page, "find-title");

  // The page may be on its way to a khatma when that goes, and the browser itself writes that down.
  stage.checkQuiet(/^Failed to load resource: .* 404 /);
}
