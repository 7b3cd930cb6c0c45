// Sakina's API, asked in one's own name. Tokens live as long as the tab does.

const KEY = "sakina.tokens";
const TRIES = 3;
const LONGEST_WAIT_SECONDS = 5;

/** Why a request was refused, or `status` 0 where nobody answered. */
export class Refused extends Error {
  constructor(status, problem = {}) {
    super(problem.detail ?? "");
    this.status = status;
    this.fields = problem.errors ?? {};
  }
}

let tokens = kept();
let renewing = null;
let reads = new AbortController();
const writes = new Set();

export const isIn = () => tokens !== null;

export async function logIn(email, password) {
  keep(await send("POST", "/api/login/", { email, password }, { open: true }));
}

export const register = (fullname, email, password) =>
  send("POST", "/api/signup/", { fullname, email, password }, { open: true });

/** What is being read is given up, and what is being changed is waited for: neither is refused for the log-out. */
export async function logOut() {
  reads.abort();
  await Promise.allSettled(writes);
  try {
    await send("POST", "/api/accounts/logout/", {});
  } finally {
    keep(null);
    reads = new AbortController();
  }
}

export const get = (path) => send("GET", path, undefined, { signal: reads.signal });
export const post = (path, body) => write("POST", path, body);
export const patch = (path, body) => write("PATCH", path, body);

function write(method, path, body) {
  const sent = send(method, path, body);
  writes.add(sent);
  return sent.finally(() => writes.delete(sent));
}

/** Send a request; a change bears a key, so that doing it again does it once. */
async function send(method, path, body, { open = false, signal } = {}) {
  const key = method === "GET" ? {} : { "Idempotency-Key": newKey() };
  for (let tries = 1; ; tries += 1) {
    const access = tokens?.access;
    const response = await ask(method, path, body, open ? key : { ...key, Authorization: `Bearer ${access}` }, signal);
    if (response.ok) return response.status === 204 ? null : wholeOf(response);
    if (response.status === 401 && !open && (access !== tokens?.access || (await renewed()))) {
      if (tries < TRIES && tokens !== null) continue;
    }
    const wait = Number(response.headers.get("Retry-After") ?? Infinity);
    if (response.status === 503 && tries < TRIES && wait <= LONGEST_WAIT_SECONDS) {
      await new Promise((wake) => setTimeout(wake, wait * 1000));
      continue;
    }
    const refused = new Refused(response.status, await response.json().catch(() => ({})));
    if (response.status === 401 && !open) {
      refused.kind = "ended"; // whoever asked says so, too, and not how the token failed
      end();
    }
    throw refused;
  }
}

async function ask(method, path, body, headers, signal) {
  const began = performance.now();
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  try {
    const response = await fetch(path, { method, headers, ...sent, cache: "no-store", signal });
    document.dispatchEvent(new CustomEvent("reached", { detail: began }));
    return response;
  } catch {
    throw new Refused(0);
  }
}

/** What an answer says; one that breaks off is none. */
async function wholeOf(response) {
  try {
    return await response.json();
  } catch {
    throw new Refused(0);
  }
}

/** Get a fresh access token, once for all who find theirs too old. */
function renewed() {
  renewing ??= renew().finally(() => (renewing = null));
  return renewing;
}

async function renew() {
  if (tokens === null) return false;
  const response = await ask("POST", "/api/refresh/", { refresh: tokens.refresh }, {});
  if (!response.ok) {
    if (response.status >= 500) throw new Refused(response.status);
    return false;
  }
  keep({ ...tokens, ...(await response.json()) });
  return true;
}

function end() {
  if (tokens === null) return;
  keep(null);
  document.dispatchEvent(new Event("ended"));
}

function kept() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY));
  } catch {
    return null;
  }
}

function keep(fresh) {
  tokens = fresh && { access: fresh.access, refresh: fresh.refresh };
  try {
    if (tokens) sessionStorage.setItem(KEY, JSON.stringify(tokens));
    else sessionStorage.removeItem(KEY);
  } catch {
    // Kept in memory alone, then.
  }
}

/** A key that nobody else has; crypto.randomUUID is there only where the page came by HTTPS. */
function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
