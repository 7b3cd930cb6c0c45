// The list of khatmas follows what happens elsewhere: on another device of one's own, or by others.
import assert from "node:assert/strict";

import { part, partIs, stateIs, until } from "./stage.mjs";

const listed = (page) => page.locator("#khatma option").allTextContents();

async function lists(page, ...names) {
  await until(async () => String((await listed(page)).sort()) === String(names.sort()), `a list of ${names}`);
}

const said = (page, words) => until(async () => (await page.textContent("#said")).replace(/[\u2068\u2069]/g, "").includes(words), `the words ${words}`);

export default async function elsewhere(stage) {
  const [creator, reader] = [await stage.person("Ali Ahmed"), await stage.person("Sara Nabil")];
  const page = await stage.open({ person: reader });
  await stateIs(page, "live");
  await page.locator("#find").waitFor();
  await page.evaluate(() => (window.sameLoad = true));

  // Joined on another device, without any khatma before.
  const make = (name) => creator.send("POST", "/api/khatmas/", { name, khatma_type: "group", target_days: 30, is_public: true });
  const [first, second] = [await make("Morning"), await make("Evening")];
  await reader.send("POST", `/api/khatmas/${first.id}/join/`);
  await lists(page, "Morning");
  await partIs(page, 2, "mine");
  await said(page, "Morning is among your khatmas now.");
  await reader.send("POST", `/api/khatmas/${second.id}/join/`);
  await lists(page, "Evening", "Morning");
  assert.equal(await page.textContent("#khatma-name"), "Morning", "what one looks at stays");

  // Renamed by another: in the heading and in the list.
  await creator.send("PATCH", `/api/khatmas/${first.id}/`, { name: "Dawn" });
  await page.locator("#khatma-name", { hasText: "Dawn" }).waitFor();
  await lists(page, "Dawn", "Evening");
  await said(page, "Morning is called Dawn now.");

  // Deleted by another, while one looks at a part of it.
  await part(page, 7).click();
  await creator.send("DELETE", `/api/khatmas/${first.id}/`);
  await page.locator("#khatma-name", { hasText: "Evening" }).waitFor();
  await lists(page, "Evening");
  assert.equal(await page.locator("#part").isHidden(), true, "what was chosen is there no more");
  await said(page, "Dawn is no longer among your khatmas.");
  await said(page, "You see Evening now.");

  // Left on another device: there is none any more, and one is at what one can do.
  await part(page, 7).focus();
  await reader.send("DELETE", `/api/khatmas/${second.id}/leave/`);
  await page.locator("#khatma option", { hasText: "No khatma yet" }).waitFor({ state: "attached" });
  await page.locator("#find").waitFor();
  assert.equal(await page.locator("#reading").isHidden(), true);
  await said(page, "Evening is no longer among your khatmas.");
  await until(() => page.evaluate(() => document.activeElement.id === "find-title"), "the focus is not lost");
  assert.equal(await page.evaluate(() => window.sameLoad), true);

  // What happened while nobody was heard is in the list, too.
  const third = await make("Night");
  await reader.send("POST", `/api/khatmas/${third.id}/join/`);
  await lists(page, "Night");
  await page.route("**/api/activity/stream?**", (route) => route.abort());
  await page.context().setOffline(true);
  await stateIs(page, "offline");
  await creator.send("DELETE", `/api/khatmas/${third.id}/`);
  await page.context().setOffline(false);
  await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  await page.locator("#khatma option", { hasText: "No khatma yet" }).waitFor({ state: "attached" });
  stage.checkQuiet(/ERR_INTERNET_DISCONNECTED|ERR_NETWORK|ERR_FAILED/);
}
