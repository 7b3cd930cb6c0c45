// Runs one scenario in a headless Chromium; 1 and the reason when it does not come out.
// node run.mjs <scenario> <gateway> <chromium>, in the folder where the tools are installed.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { resolve, dirname } from "node:path";

import { Stage } from "./stage.mjs";

const [, own, scenario, gateway, executablePath] = process.argv;
const { chromium } = createRequire(`${process.cwd()}/`)("playwright-core");
const args = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
const browser = await chromium.launch({ executablePath, args });
const stage = new Stage(browser, gateway);
try {
  const file = resolve(dirname(own), `${scenario}.mjs`);
  await (await import(pathToFileURL(file).href)).default(stage);
  stage.checkQuiet();
} catch (failure) {
  console.error("The pages said:", stage.said);
  throw failure;
} finally {
  await browser.close();
}
