// People before the page, each in a browser of their own, and what they make through the API alone.
import assert from "node:assert/strict";

export const PASSWORD = "A-quiet-place-7";
const PATIENCE_MS = 20_000;

let made = 0;

export class Stage {
  constructor(browser, gateway) {
    this.browser = browser;
    this.gateway = gateway;
    this.said = [];
  }

  /** Make an account; `person.send` speaks to the API in its name. */
  async person(fullname = "Ali Ahmed") {
    made += 1;
    const email = `live-${Date.now().toString(36)}-${process.pid}-${made}@example.com`;
    const person = { fullname, email, send: (...said) => this.send(person, ...said) };
    const { id } = await person.send("POST", "/api/signup/", { fullname, email, password: PASSWORD });
    const tokens = await person.send("POST", "/api/login/", { email, password: PASSWORD });
    return Object.assign(person, { id, tokens });
  }

  async send({ tokens }, method, path, body) {
    for (;;) {
      const headers = { "Content-Type": "application/json" };
      if (tokens) headers.Authorization = `Bearer ${tokens.access}`;
      const answer = await fetch(this.gateway + path, { method, headers, body: JSON.stringify(body) });
      if (answer.status === 503) {
        await new Promise((wake) => setTimeout(wake, 1000 * Number(answer.headers.get("Retry-After"))));
        continue;
      }
      const text = await answer.text();
      assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
      return text ? JSON.parse(text) : null;
    }
  }

  /** Open the page, as a stranger or as `person`, who is in already. */
  async open({ person = null, path = "/live", locale = "en", ...settings } = {}) {
    const context = await this.browser.newContext({ locale, viewport: { width: 1280, height: 900 }, ...settings });
    context.setDefaultTimeout(PATIENCE_MS);
    if (person) {
      await context.addInitScript((tokens) => {
        if (sessionStorage.getItem("seen") === null) {
          sessionStorage.setItem("seen", "yes");
          sessionStorage.setItem("sakina.tokens", tokens);
        }
      }, JSON.stringify(person.tokens));
    }
    const page = await context.newPage();
    const tell = (text) => this.said.push(text);
    page.on("pageerror", (error) => tell(`threw ${error.stack}`));
    page.on("console", (message) => message.type() === "error" && tell(message.text()));
    page.on("request", (request) => {
      if (!request.url().startsWith(this.gateway)) tell(`asked ${request.url()}`);
    });
    await page.goto(this.gateway + path);
    if (person) await page.locator("#home").waitFor();
    return page;
  }

  /** Nothing failed, nothing was asked for elsewhere, and the policy had nothing to refuse. */
  checkQuiet(...expected) {
    const others = this.said.filter((text) => !expected.some((pattern) => pattern.test(text)));
    assert.deepEqual(others, []);
    this.said = [];
  }
}

export const part = (page, chapter) => page.locator(`.part[data-chapter="${chapter}"]`);

/** Wait until a part is `open`, `held`, `mine` or `done`. */
export const partIs = (page, chapter, state) => page.locator(`.part[data-chapter="${chapter}"][data-state="${state}"]`).waitFor();

export const stateIs = (page, state) => page.locator(`#state[data-state="${state}"]`).waitFor();

export const until = async (condition, what) => {
  const deadline = Date.now() + PATIENCE_MS;
  while (!(await condition())) {
    assert.ok(Date.now() < deadline, `it did not come about: ${what}`);
    await new Promise((wake) => setTimeout(wake, 50));
  }
};
