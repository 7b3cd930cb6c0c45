// What happens, as it happens: an EventSource, opened by a fresh ticket each time.

import * as api from "./api.js";

const TYPES = [
  "khatma.created.v1", "khatma.updated.v1", "khatma.deleted.v1", "khatma.member_joined.v1",
  "khatma.member_left.v1", "khatma.parts_claimed.v1", "khatma.progress_noted.v1", "khatma.part_completed.v1",
  "khatma.part_taken_back.v1", "khatma.completed.v1", "khatma.achievement_earned.v1", "practice.session_logged.v1",
  "practice.session_changed.v1", "practice.session_deleted.v1", "practice.sessions_cleared.v1",
  "notify.notification_created.v1", "notify.notification_read.v1", "notify.notification_withdrawn.v1",
];
const LAST_WORDS = ["goodbye", "dropped"];
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;

/**
 * Follow one's activity until `stop()`.
 *
 * @param {string | null} after the cursor to go on from; null for now
 * @param {(event: object) => void} onEvent gets each event's envelope, once and in order
 * @param {(state: "connecting" | "live" | "again" | "offline" | "polling") => void} onState
 * @param {() => void} onOpen is called where what was seen before may be old
 */
export function follow({ after, onEvent, onState, onOpen }) {
  let cursor = after;
  let source = null;
  let waiting = null;
  let failures = 0;
  let opened = false;
  let stopped = false;

  async function connect() {
    waiting = null;
    if (stopped) return;
    if (!navigator.onLine) return onState("offline"); // `online` comes when it is time
    onState(failures === 0 && !opened ? "connecting" : "again");
    let ticket;
    try {
      ({ ticket } = await api.post("/api/activity/tickets/"));
    } catch (refused) {
      if (refused.status === 401 || stopped) return; // the session has ended: nobody is in
      // A system without streams: what there is, is looked at every so often.
      if (refused.status === 404) return onState("polling");
      return again();
    }
    if (stopped) return;
    const query = new URLSearchParams({ ticket, ...(cursor ? { after: cursor } : {}) });
    open(new EventSource(`/api/activity/stream?${query}`));
  }

  function open(fresh) {
    source = fresh;
    source.onopen = () => {
      failures = 0;
      onState("live");
      if (opened || cursor === null) onOpen();
      opened = true;
    };
    // A ticket opens one stream: the browser's own way of connecting anew would be refused.
    source.onerror = () => again();
    for (const type of TYPES) {
      source.addEventListener(type, ({ data, lastEventId }) => {
        cursor = lastEventId || cursor;
        onEvent(JSON.parse(data));
      });
    }
    source.addEventListener("opened", ({ lastEventId }) => (cursor = lastEventId || cursor));
    for (const name of LAST_WORDS) {
      source.addEventListener(name, ({ data }) => again(JSON.parse(data).retry_ms ?? FIRST_WAIT_MS));
    }
  }

  function again(wait = null) {
    close();
    if (stopped) return;
    failures += 1;
    // A cursor that is refused again and again is let go of: all is read anew at the connection.
    if (failures > 5) cursor = null;
    const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** failures);
    onState(navigator.onLine ? "again" : "offline");
    clearTimeout(waiting);
    waiting = setTimeout(connect, wait ?? longest * (0.5 + Math.random() / 2));
  }

  function close() {
    source?.close();
    source = null;
  }

  function online() {
    close();
    clearTimeout(waiting);
    failures = 0;
    connect();
  }

  function offline() {
    close();
    clearTimeout(waiting);
    onState("offline");
  }

  addEventListener("online", online);
  addEventListener("offline", offline);
  connect();
  return function stop() {
    stopped = true;
    removeEventListener("online", online);
    removeEventListener("offline", offline);
    clearTimeout(waiting);
    close();
  };
}
