// The page without a mouse: what is focused is where one thinks that it is, in both directions.
import assert from "node:assert/strict";

import { partIs } from "./stage.mjs";

const focused = (page) => page.evaluate(() => document.activeElement.dataset.chapter ?? document.activeElement.id);

async function press(page, ...keys) {
  for (const key of keys) await page.keyboard.press(key);
}

export default async function keyboard(stage) {
  const door = await stage.open();
  await press(door, "Tab");
  assert.equal(await door.evaluate(() => document.activeElement.className), "skip");
  await press(door, "Enter");
  assert.equal(await focused(door), "main");
  await press(door, "Tab", "Tab", "Tab");
  assert.equal(await focused(door), "email");

  const person = await stage.person();
  const { id } = await person.send("POST", "/api/khatmas/", { name: "Mine", khatma_type: "private", target_days: 30 });
  assert.ok(id);
  const page = await stage.open({ person });
  await partIs(page, 1, "mine");

  assert.equal(await focused(page), "main", "who comes in is at what they came for");
  await press(page, "Tab", "Tab", "Tab");
  assert.equal(await focused(page), "1", "the board is one stop");

  await press(page, "ArrowRight", "ArrowDown", "ArrowLeft");
  assert.equal(await focused(page), "7");
  await press(page, "End", "ArrowRight", "ArrowUp");
  assert.equal(await focused(page), "24");
  await press(page, "Home");
  assert.equal(await focused(page), "1");

  await press(page, "Enter");
  assert.equal(await focused(page), "part-finish");
  await press(page, "Escape");
  assert.equal(await focused(page), "1", "who closes it is where they were");
  await press(page, "Enter", "Enter");
  await partIs(page, 1, "done");
  assert.equal(await focused(page), "1");

  await page.click("#language");
  await page.locator('.part[data-chapter="1"]').focus();
  await press(page, "ArrowLeft");
  assert.equal(await focused(page), "2", "in Arabic, what follows is at the left");
  await press(page, "Tab");
  assert.notEqual(await focused(page), "3", "and the board is left with one key");
}
