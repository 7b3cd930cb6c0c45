// The connection is lost: the page says so, comes back by itself, and has missed nothing.
import assert from "node:assert/strict";

import { partIs, stateIs } from "./stage.mjs";

export default async function lost(stage) {
  const [creator, reader] = [await stage.person("Ali Ahmed"), await stage.person("Sara Nabil")];
  const { id } = await creator.send("POST", "/api/khatmas/", { name: "Ours", khatma_type: "group", target_days: 30, is_public: true });
  await reader.send("POST", `/api/khatmas/${id}/join/`);
  const page = await stage.open({ person: creator });
  await stateIs(page, "live");
  await partIs(page, 2, "held");

  await page.context().setOffline(true);
  await stateIs(page, "offline");
  await reader.send("POST", `/api/khatmas/${id}/sessions/`, { chapter_assigned: 2, is_completed: true });
  await reader.send("POST", `/api/khatmas/${id}/sessions/`, { chapter_assigned: 9, is_completed: true });
  await page.context().setOffline(false);
  await stateIs(page, "live");
  await partIs(page, 2, "done");
  await partIs(page, 9, "done");
  const told = page.locator("#happenings li", { hasText: "finished part" });
  await told.nth(1).waitFor();
  assert.equal(await told.count(), 2, "what was missed is told, and told once");

  // The stream alone is lost, as at a restart of the gateway: a new ticket opens a new one.
  const tickets = [];
  page.on("request", (request) => request.url().endsWith("/api/activity/tickets/") && tickets.push(request));
  await page.context().setOffline(true);
  await page.context().setOffline(false);
  await stateIs(page, "live");
  assert.ok(tickets.length >= 1);
  await reader.send("POST", `/api/khatmas/${id}/sessions/`, { chapter_assigned: 10, is_completed: true });
  await partIs(page, 10, "done");
  stage.checkQuiet(/ERR_INTERNET_DISCONNECTED|ERR_NETWORK/);
}
