// Keys that are held, and pressed twice: one press is one act, whatever comes under the key meanwhile.
import assert from "node:assert/strict";

import { part, partIs, stateIs, until } from "./stage.mjs";

const REPEATS = 10;

export default async function held(stage) {
  const person = await stage.person();
  await person.send("POST", "/api/khatmas/", { name: "Ours", khatma_type: "group", target_days: 30 });
  const page = await stage.open({ person });
  await partIs(page, 7, "open");
  await stateIs(page, "live");
  const sent = [];
  page.on("request", (request) => request.method() !== "GET" && sent.push(new URL(request.url()).pathname));

  // A part that is opened is not taken by the same press.
  await part(page, 7).focus();
  await hold(page);
  assert.equal(await page.locator("#part").evaluate((sheet) => sheet.open), true);
  assert.deepEqual(sent, []);

  // It is taken by another one, which does not open it anew.
  await hold(page, page.waitForResponse((answer) => answer.request().method() === "POST"));
  await partIs(page, 7, "mine");
  assert.equal(await page.locator("#part").evaluate((sheet) => sheet.open), false);
  assert.equal(sent.splice(0).length, 1);

  // Nor does a switch flicker.
  await page.locator("#language").focus();
  await hold(page);
  assert.equal(await page.evaluate(() => document.documentElement.lang), "ar");
  await page.click("#language");

  // A session is logged once by a key that is held for longer than that takes.
  const logged = () => page.waitForResponse((answer) => answer.url().endsWith("/api/meditations/sessions/"));
  await page.locator("#session-minutes").focus();
  await hold(page, logged());
  await until(async () => (await page.textContent("#minutes-today")) === "10", "ten minutes");
  await page.locator("#session button[type=submit]:not([aria-disabled])").waitFor();
  assert.equal(sent.splice(0).length, 1);

  // And where it is sent twice, although the first time is over already.
  await page.evaluate(() => {
    const form = document.getElementById("session");
    const send = () => form.requestSubmit(form.querySelector("[type=submit]"));
    const { fetch } = window;
    window.fetch = async (...asked) => {
      const answer = await fetch(...asked);
      window.fetch = fetch;
      answer.clone().text().then(() => setTimeout(send));
      return answer;
    };
    send();
  });
  await until(async () => (await page.textContent("#minutes-today")) === "20", "twenty minutes");
  await page.locator("#session button[type=submit]:not([aria-disabled])").waitFor();
  assert.equal(sent.splice(0).length, 1);

  // Later, it is another session.
  await page.keyboard.press("Enter");
  await until(async () => (await page.textContent("#minutes-today")) === "30", "thirty minutes");
}

/** Hold Enter as a keyboard does, until something has come and a little longer. */
async function hold(page, something = Promise.resolve()) {
  let left = REPEATS;
  let has = false;
  something.then(() => (has = true));
  while (!has || left > 0) {
    await page.keyboard.down("Enter");
    if (has) left -= 1;
  }
  await page.keyboard.up("Enter");
}
