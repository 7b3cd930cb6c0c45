// A link that leads nowhere is said, and stays said; one put into an open page's address is followed.
import assert from "node:assert/strict";

import { PASSWORD, stateIs } from "./stage.mjs";

const hashOf = (page) => new URL(page.url()).hash;
const NOWHERE = "/live#join=AAAAAAAAAAAAAAAAAAAAAAAA";

/** A message is there when all else that the page does at its beginning is done, and after it. */
async function isSaid(page, words) {
  await stateIs(page, "live");
  await page.locator("#failure", { hasText: words }).waitFor();
  await page.locator("#notices li").first().waitFor();
  assert.equal(await page.locator("#failure").isVisible(), true);
  assert.equal(hashOf(page), "", "the code is in the address no longer");
}

async function enter(page, { email }) {
  await page.fill("#email", email);
  await page.fill("#password", PASSWORD);
  await page.click("#enter");
}

export default async function invited(stage) {
  const [creator, reader] = [await stage.person("Ali Ahmed"), await stage.person("Sara Nabil")];
  const { id } = await creator.send("POST", "/api/khatmas/", { name: "Evening circle", khatma_type: "group", target_days: 30 });
  const link = await creator.send("POST", `/api/khatmas/${id}/links/`, {});
  const revoked = await creator.send("POST", `/api/khatmas/${id}/links/`, {});
  await creator.send("DELETE", `/api/khatmas/${id}/links/${revoked.id}/`);

  for (const [path, words] of [[NOWHERE, /link/i], [`/live#join=${revoked.code}`, /link/i], ["/live#join=", "This is no link to a khatma."]]) {
    const page = await stage.open({ person: reader, path });
    await isSaid(page, words);
    await page.context().close();
    const door = await stage.open({ path });
    await door.locator("#door-invited", { hasText: "Log in" }).waitFor();
    await enter(door, reader);
    await isSaid(door, words);
    await door.context().close();
  }

  // Put into the address of a page that is open: first one that leads nowhere, then a good one.
  const page = await stage.open({ person: reader });
  await stateIs(page, "live");
  await page.evaluate((hash) => (location.hash = hash), new URL(NOWHERE, page.url()).hash);
  await isSaid(page, /link/i);
  await page.evaluate((code) => (location.hash = `join=${code}`), link.code);
  await page.locator("#invited", { hasText: "Evening circle" }).waitFor();
  assert.equal(await page.locator("#failure").isHidden(), true, "what was wrong before is no longer said");
  assert.equal(hashOf(page), "");

  // Joined on another device: it is no invitation any more.
  await reader.send("POST", `/api/khatmas/links/${link.code}/`);
  await page.locator("#khatma-name", { hasText: "Evening circle" }).waitFor();
  await page.locator("#invited").waitFor({ state: "hidden" });
  assert.equal(await page.inputValue("#link"), "");

  // At the door, too: it is kept until one is in.
  const door = await stage.open();
  assert.equal(await door.locator("#door-invited").isHidden(), true);
  await door.evaluate((code) => (location.hash = `join=${code}`), link.code);
  await door.locator("#door-invited").waitFor();
  await enter(door, reader);
  await door.locator("#khatma-name", { hasText: "Evening circle" }).waitFor();
  assert.equal(hashOf(door), "");
  assert.equal(await door.locator("#invited").isHidden(), true, "who is in it needs no invitation");
  stage.checkQuiet(/status of 404/);
}
