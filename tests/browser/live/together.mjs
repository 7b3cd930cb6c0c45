// Two people read one khatma: what one does, the other sees, and neither loads the page anew.
import assert from "node:assert/strict";

import { part, partIs, stateIs, until } from "./stage.mjs";

export default async function together(stage) {
  const creator = await stage.open({ person: await stage.person("Ali Ahmed") });
  await creator.fill("#new-name", "Evening circle");
  await creator.click("#begin button[type=submit]");
  await creator.locator("#khatma-name", { hasText: "Evening circle" }).waitFor();
  await partIs(creator, 1, "mine");

  await creator.click("#invite");
  await creator.locator("#invitation").waitFor();
  const link = await creator.inputValue("#invitation-link");
  const reader = await stage.open({ person: await stage.person("ليلى حسن"), path: new URL(link).pathname + new URL(link).hash, locale: "ar" });
  await reader.locator("#invited", { hasText: "Evening circle" }).waitFor();
  assert.equal(await reader.locator("#reading").isHidden(), true, "nobody joins by a link alone");
  await reader.keyboard.press("Enter");
  await reader.locator("#khatma-name", { hasText: "Evening circle" }).waitFor();
  assert.equal(new URL(reader.url()).hash, "", "the code is in the address no longer");
  for (const page of [creator, reader]) {
    await stateIs(page, "live");
    await page.evaluate(() => (window.sameLoad = true));
  }

  // Joining is seen: the reader, their part, what happened, and the notification of it.
  await partIs(creator, 2, "held");
  await creator.locator("#readers", { hasText: "ليلى حسن" }).waitFor();
  await creator.locator("#happenings", { hasText: "joined" }).waitFor();
  const notice = creator.locator("#notices li.unread", { hasText: "ليلى حسن" }).first();
  await notice.waitFor();
  const directions = await notice.locator("strong, span").evaluateAll((all) => all.map((each) => getComputedStyle(each).direction));
  assert.deepEqual(directions, ["ltr", "ltr"], "an English sentence stays one, by whatever name it begins");

  // Finishing is seen, and told to who does not see.
  await part(reader, 2).click();
  await reader.click("#part-finish");
  await partIs(reader, 2, "done");
  await partIs(creator, 2, "done");
  assert.match(await part(creator, 2).textContent(), /^Part 2\. .*ليلى حسن.* finished it\./);
  await until(async () => /finished part 2: 1 of 30\./.test(await creator.textContent("#said")), "a word to the screen reader");
  assert.match(await creator.getAttribute("#progress", "aria-label"), /^1 of 30/);

  // Choosing, and taking back.
  await part(creator, 5).click();
  await creator.click("#part-claim");
  await partIs(creator, 5, "mine");
  await partIs(reader, 5, "held");
  await part(reader, 2).click();
  await reader.click("#part-back");
  await partIs(creator, 2, "held");

  // Practice: one's own figures at once, the other's leaderboard soon.
  await creator.click('[data-window="day"]');
  // So much that whoever else practised on this system today does not fill the board's seven places.
  for (const today of ["١٬٤٤٠", "٢٬٨٨٠"]) {
    await reader.fill("#session-minutes", "1440");
    await reader.click("#session button[type=submit]");
    await reader.locator("#minutes-today", { hasText: today }).waitFor();
  }
  await creator.locator("#leaders", { hasText: "2,880 minutes" }).waitFor();

  for (const page of [creator, reader]) assert.equal(await page.evaluate(() => window.sameLoad), true);
}
