// Two people at the web client, which sends what such a client sends, from another origin.

class Visitor {
  constructor(gateway, fullname, tag) {
    this.gateway = gateway;
    this.fullname = fullname;
    this.email = `${tag}@example.com`;
    this.password = "A-quiet-place-7";
  }

  /** Send one request; the answer's JSON where the gateway did it, else an error that says why. */
  async send(method, path, body) {
    const headers = {};
    if (this.access !== undefined) headers.Authorization = `Bearer ${this.access}`;
    if (body !== undefined) headers["Content-Type"] = "application/json";
    const sent = body === undefined ? undefined : JSON.stringify(body);
    const response = await fetch(this.gateway + path, { method, headers, body: sent });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === "" ? null : JSON.parse(text);
  }
}

export function visitors(gateway) {
  const tag = Date.now().toString(36);
  return {
    creator: new Visitor(gateway, "Ali Ahmed", `ali-${tag}`),
    reader: new Visitor(gateway, "ليلى حسن", `layla-${tag}`),
    khatma: undefined,
  };
}

export function check(truth, what) {
  if (!truth) throw new Error(what);
}
