// Logging out while something is being read or sent: nothing is refused for it, and what was done is kept.
import assert from "node:assert/strict";

import { PASSWORD, stateIs } from "./stage.mjs";

const READ = "**/api/dashboard/";
const SENT = "**/api/meditations/sessions/";
const LOG_OUT = "**/api/accounts/logout/";

export default async function leaving(stage) {
  await duringARead(stage);
  await duringAWrite(stage);
}

async function duringARead(stage) {
  const { person, page } = await someoneIn(stage);
  const loggedOut = moment();
  await page.route(READ, async (route) => {
    await loggedOut;
    await route.continue().catch(() => {}); // whoever asked may wait no longer
  });
  const read = page.waitForRequest(READ);
  await log(person);
  await read;

  // The session is over, and what was read is answered before the page hears of it.
  const over = Promise.race(["requestfinished", "requestfailed"].map((name) => page.waitForEvent(name, (request) => request.url().endsWith("/api/dashboard/"))));
  await page.route(LOG_OUT, async (route) => {
    const response = await route.fetch();
    loggedOut.come();
    await over;
    await route.fulfill({ response });
  });
  await leave(page);
  stage.checkQuiet();
}

async function duringAWrite(stage) {
  const { person, page } = await someoneIn(stage);
  const pressed = moment();
  const order = [];
  page.on("requestfinished", (request) => request.method() === "POST" && order.push(new URL(request.url()).pathname));
  await page.route(SENT, async (route) => {
    await pressed;
    await route.continue();
  });
  const sent = page.waitForRequest(SENT);
  await page.click("#session button[type=submit]");
  await sent;
  await page.click("#log-out");
  pressed.come();
  await page.locator("#door").waitFor();
  assert.deepEqual(order.slice(-2), ["/api/meditations/sessions/", "/api/accounts/logout/"]);
  assert.equal(await page.locator("#failure").isHidden(), true);
  stage.checkQuiet();

  const again = { tokens: await person.send("POST", "/api/login/", { email: person.email, password: PASSWORD }) };
  const { results } = await stage.send(again, "GET", "/api/meditations/sessions/");
  assert.equal(results.length, 1, "it was logged");
}

async function someoneIn(stage) {
  const person = await stage.person();
  const page = await stage.open({ person });
  await stateIs(page, "live");
  return { person, page };
}

const log = (person) => person.send("POST", "/api/meditations/sessions/", { meditation_type: "gratitude", duration: 10 });

async function leave(page) {
  await page.click("#log-out");
  await page.locator("#door").waitFor();
  assert.equal(await page.locator("#failure").isHidden(), true, "whoever leaves by themselves is not told that their session ended");
}

/** A promise that is kept by `come()`. */
function moment() {
  let come;
  return Object.assign(new Promise((kept) => (come = kept)), { come: (...said) => come(...said) });
}
