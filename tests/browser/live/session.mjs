// A session: renewed where it is too old, and said to have ended where it has.
import assert from "node:assert/strict";

import { PASSWORD, stateIs } from "./stage.mjs";

export default async function session(stage) {
  const person = await stage.person();
  const { refresh } = person.tokens;
  const old = { ...person, tokens: { access: "eyJhbGciOiJFUzI1NiJ9.e30.AAAA", refresh } };
  const page = await stage.open({ person: old });
  await stateIs(page, "live");
  const { access } = JSON.parse(await page.evaluate(() => sessionStorage.getItem("sakina.tokens")));
  assert.notEqual(access, old.tokens.access, "it was renewed");

  // Another password ends every other session.
  const elsewhere = { tokens: await person.send("POST", "/api/login/", { email: person.email, password: PASSWORD }) };
  await stage.send(elsewhere, "POST", "/api/accounts/password/", { old_password: PASSWORD, new_password: "Another-place-8" });
  await page.locator("#door").waitFor();
  await page.locator("#failure", { hasText: "Your session has ended. Log in again." }).waitFor();
  assert.equal(await page.evaluate(() => sessionStorage.getItem("sakina.tokens")), null);
  assert.equal(await page.locator("#home").isHidden(), true);
  assert.equal(await page.evaluate(() => document.activeElement.id), "email", "one is where one goes on");

  await page.fill("#email", person.email);
  await page.fill("#password", "Another-place-8");
  await page.click("#enter");
  await stateIs(page, "live");
  await page.click("#log-out");
  await page.locator("#door").waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.id), "email");
  assert.equal((await page.textContent("#notices")).trim(), "", "nothing is left of who was here");
  await page.reload();
  await page.locator("#door").waitFor();
  stage.checkQuiet(/status of 40[01]/);
}
