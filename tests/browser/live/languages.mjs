// Arabic and English, each in its direction, with their own words also for what goes wrong.
import assert from "node:assert/strict";

import { PASSWORD } from "./stage.mjs";

const direction = (page) => page.evaluate(() => [document.documentElement.lang, document.documentElement.dir]);

export default async function languages(stage) {
  const page = await stage.open({ locale: "ar-EG", colorScheme: "dark" });
  assert.deepEqual(await direction(page), ["ar", "rtl"]);
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), "dark");

  await page.fill("#email", "nobody@example.com");
  await page.fill("#password", "not-the-password-9");
  await page.click("#enter");
  const failure = page.locator("#failure");
  await failure.filter({ hasText: "البريد الإلكتروني أو كلمة المرور غير صحيحة." }).waitFor();
  assert.equal(await failure.locator(".original").getAttribute("lang"), "en");

  await page.click("#language");
  assert.deepEqual(await direction(page), ["en", "ltr"]);
  assert.equal(await failure.textContent(), "The e-mail or the password is wrong.");
  await page.click("#theme");

  await page.click("#to-register");
  assert.equal(await failure.isHidden(), true);
  await page.fill("#fullname", "نور الهدى");
  await page.fill("#email", `live-${Date.now().toString(36)}@example.com`);
  await page.fill("#password", "short");
  await page.click("#enter");
  await failure.waitFor();
  assert.equal(await page.getAttribute("#password", "aria-invalid"), "true");
  await page.fill("#password", PASSWORD);
  await page.click("#enter");
  await page.locator("#home").waitFor();
  await page.locator("#notices", { hasText: "Welcome to Sakina" }).waitFor();

  await page.reload();
  await page.locator("#home").waitFor();
  assert.deepEqual(await direction(page), ["en", "ltr"], "the language is remembered");
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), "light", "and the light");

  await page.click("#language");
  await page.locator("#notices", { hasText: "مرحبًا بك في سكينة" }).waitFor();
  await page.fill("#new-name", "ختمة المساء");
  await page.click("#begin button[type=submit]");
  await page.locator('.part[data-chapter="30"]', { hasText: "٣٠" }).waitFor();
  stage.checkQuiet(/status of 40[01]/);
}
