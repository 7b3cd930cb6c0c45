// Who leaves keeps their name on the page that knew it, until their account is gone: then nobody is named.
import assert from "node:assert/strict";

import { part, partIs, stateIs, until } from "./stage.mjs";

/** Wait until the page has read the khatma anew after what it was told last. */
const readAnew = (page) => page.waitForResponse((answer) => /\/api\/khatmas\/\d+\/sessions\//.test(answer.url()));

const told = async (page) => (await page.locator("#happenings li").allTextContents()).map((line) => line.replace(/[\u2068\u2069]/g, ""));

export default async function left(stage) {
  const creator = await stage.person("Amal");
  const [badr, celia, dina] = [await stage.person("Badr"), await stage.person("Celia"), await stage.person("Dina")];
  const { id } = await creator.send("POST", "/api/khatmas/", { name: "Ours", khatma_type: "group", target_days: 30, is_public: true });
  const other = await creator.send("POST", "/api/khatmas/", { name: "Others", khatma_type: "group", target_days: 30, is_public: true });
  for (const person of [badr, celia, dina]) await person.send("POST", `/api/khatmas/${id}/join/`);
  const page = await stage.open({ person: creator });
  await stateIs(page, "live");
  await page.selectOption("#khatma", String(id));
  await page.locator("#readers", { hasText: "Dina" }).waitFor();

  const gone = async (act, name) => {
    const read = readAnew(page);
    await act();
    await page.locator("#happenings li", { hasText: `${name}\u2069 left.` }).waitFor();
    await read;
    await page.locator("#readers", { hasText: name }).waitFor({ state: "detached" });
  };

  // Left with nothing finished: whatever they did still bears their name, also after it was read anew.
  await gone(() => badr.send("DELETE", `/api/khatmas/${id}/leave/`), "Badr");
  const lines = (await told(page)).filter((line) => line.startsWith("Badr"));
  assert.ok(lines.length >= 3, `Badr joined, will read a part, and left: ${lines}`);
  assert.equal((await told(page)).some((line) => line.startsWith("Someone")), false);

  // Another khatma in between changes nothing of it.
  await page.selectOption("#khatma", String(other.id));
  await page.locator("#khatma-name", { hasText: "Others" }).waitFor();
  await page.selectOption("#khatma", String(id));
  await page.locator("#happenings li", { hasText: "Badr\u2069 left." }).waitFor();

  // Gone with their account, with nothing finished and with something: nobody is named any more.
  await dina.send("POST", `/api/khatmas/${id}/sessions/`, { chapter_assigned: 9, is_completed: true });
  await partIs(page, 9, "done");
  for (const [person, name] of [[celia, "Celia"], [dina, "Dina"]]) {
    const noticed = page.waitForRequest((request) => request.url().includes("/api/notifications/"));
    await person.send("DELETE", "/api/user/me/");
    await page.locator("#happenings li", { hasText: "Someone\u2069 left." }).first().waitFor();
    await until(async () => !(await page.textContent("#reading")).includes(name), `${name} is named nowhere`);
    assert.equal((await page.textContent("#said")).includes(`${name}\u2069 left`), false, "nor when it is told");
    await noticed; // what they were named in is asked for anew
  }
  await page.click("#invite");
  await page.locator("#invitation").waitFor();
  await part(page, 9).click();
  assert.match(await page.textContent("#part-text"), /Someone.* finished it\./);
  await page.click("#part-close");

  // Who comes next in this tab knows nobody of those who were known before.
  await page.click("#log-out");
  await page.locator("#door").waitFor();
  assert.doesNotMatch(await page.textContent("body"), /Badr|Amal|Ours/, "not even where it is not seen");
  assert.equal(await page.inputValue("#invitation-link"), "");
}
