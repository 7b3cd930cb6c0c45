// Follows what happens by EventSource, from another origin, loses it, and goes on where it was.
import { check, visitors } from "./visitors.js";

const { reader } = visitors(new URLSearchParams(location.search).get("gateway"));
const heard = [];
let after;

/** Open a stream with a ticket; resolves once it has begun. */
async function listen() {
  const { stream } = await reader.send("POST", "/api/activity/tickets/");
  const more = after === undefined ? "" : `&after=${after}`;
  const source = new EventSource(`${reader.gateway}${stream}${more}`);
  source.addEventListener("practice.session_logged.v1", ({ data, lastEventId }) => {
    after = lastEventId;
    heard.push(JSON.parse(data).data.duration);
  });
  await new Promise((begun, failed) => {
    source.addEventListener("opened", ({ lastEventId }) => { after = lastEventId; begun(); });
    source.onerror = failed;
  });
  return source;
}

function meditate(duration) {
  const session = { meditation_type: "gratitude", duration };
  return reader.send("POST", "/api/meditations/sessions/", session);
}

async function until(isSo) {
  while (!isSo()) await new Promise((again) => { setTimeout(again, 20); });
}

let failure = null;
try {
  const { fullname, email, password } = reader;
  await reader.send("POST", "/api/signup/", { fullname, email, password });
  reader.access = (await reader.send("POST", "/api/login/", { email, password })).access;
  const first = await listen();
  // Cut off before anything happened: what happens then is told all the same.
  first.close();
  await meditate(1);
  const second = await listen();
  await until(() => heard.length === 1);
  await meditate(2);
  await until(() => heard.length === 2);

  const used = new EventSource(second.url);
  await new Promise((given) => { used.onerror = given; });
  check(used.readyState === EventSource.CLOSED, "a ticket that was used is refused, for good");
  check(second.readyState === EventSource.OPEN, "the stream goes on");
  second.close();
  await meditate(3);
  const third = await listen();
  await until(() => heard.length === 3);
  third.close();
  check(heard.join() === "1,2,3", `each once, in order: ${heard}`);
} catch (error) {
  failure = String(error);
}
await fetch("/outcome", { method: "POST", body: JSON.stringify([{ failure }]) });
