// Makes the calls of every row in order, and tells the server of this page what came of each.
import { ROWS } from "./rows.js";
import { visitors } from "./visitors.js";

const people = visitors(new URLSearchParams(location.search).get("gateway"));
const outcome = [];
for (const [row, title, calls] of ROWS) {
  try {
    await calls(people);
    outcome.push({ row, title, failure: null });
  } catch (error) {
    outcome.push({ row, title, failure: String(error) });
  }
}
await fetch("/outcome", { method: "POST", body: JSON.stringify(outcome) });
