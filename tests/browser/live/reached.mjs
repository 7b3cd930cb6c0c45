// That Sakina cannot be reached is said for as long as it is true.
import assert from "node:assert/strict";

import { stateIs } from "./stage.mjs";

export default async function reached(stage) {
  const [creator, reader] = [await stage.person("Ali Ahmed"), await stage.person("Sara Nabil")];
  const { id } = await creator.send("POST", "/api/khatmas/", { name: "Evening circle", khatma_type: "group", target_days: 30 });
  const { code } = await creator.send("POST", `/api/khatmas/${id}/links/`, {});
  const page = await stage.open({ person: reader });
  await stateIs(page, "live");
  const failure = page.locator("#failure", { hasText: "Sakina cannot be reached." });

  // Offline, and back.
  await page.context().setOffline(true);
  await stateIs(page, "offline");
  await page.click("#session button[type=submit]");
  await failure.waitFor();
  await page.context().setOffline(false);
  await stateIs(page, "live");
  await failure.waitFor({ state: "hidden" });

  // An invitation that came meanwhile waits, too.
  await page.context().setOffline(true);
  await stateIs(page, "offline");
  await page.evaluate((hash) => (location.hash = hash), `join=${code}`);
  await failure.waitFor();
  await page.context().setOffline(false);
  await page.locator("#invited", { hasText: "Evening circle" }).waitFor();
  await failure.waitFor({ state: "hidden" });
  assert.equal(new URL(page.url()).hash, "");

  // One answer is lost, while the stream goes on: the next one tells.
  await page.route("**/api/meditations/sessions/", (route) => route.abort());
  await page.locator("#session button[type=submit]:not([aria-disabled])").click();
  await failure.waitFor();
  await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  await failure.waitFor({ state: "hidden" });

  // What was refused is another matter: it stays until something is done.
  await page.unroute("**/api/meditations/sessions/");
  await page.fill("#session-minutes", "2000");
  await page.evaluate(() => (document.getElementById("session").noValidate = true));
  await page.locator("#session button[type=submit]:not([aria-disabled])").click();
  await page.locator("#failure").waitFor();
  const looked = page.waitForResponse((answer) => answer.url().includes("/api/meditations/leaderboard/"));
  await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  await looked;
  await page.locator("#failure").waitFor();
  stage.checkQuiet(/ERR_INTERNET_DISCONNECTED|ERR_NETWORK|ERR_FAILED|status of 4/);
}
