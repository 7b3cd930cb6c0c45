import createClient, { type Client } from "openapi-fetch";

import type { paths } from "./schema.js";

export type { components, operations, paths } from "./schema.js";

/** A client of Sakina: every path, body and answer is typed by the OpenAPI document. */
export type Sakina = Client<paths>;

/**
 * Make a client of the Sakina at `baseUrl`, such as `http://127.0.0.1:8000`.
 *
 * `access` is asked before each request for the access token; without one, none is sent.
 */
export function sakina(
  baseUrl: string,
  access: () => string | undefined = () => undefined,
): Sakina {
  const client = createClient<paths>({ baseUrl });
  client.use({
    onRequest({ request }) {
      const token = access();
      if (token !== undefined) request.headers.set("Authorization", `Bearer ${token}`);
      return request;
    },
  });
  return client;
}
