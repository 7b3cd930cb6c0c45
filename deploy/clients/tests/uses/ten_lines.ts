// What docs/clients.md shows of the TypeScript client.

// ten lines
import { sakina } from "sakina-client";

export async function read(baseUrl: string) {
  let access: string | undefined;
  const api = sakina(baseUrl, () => access);
  const ali = { email: "ali@example.com", password: "green-lamp-73" };
  await api.POST("/api/signup/", { body: { fullname: "Ali Ahmed", ...ali } });
  access = (await api.POST("/api/login/", { body: ali })).data?.access;
  const { data, error } = await api.POST("/api/khatmas/", {
    body: { name: "Ramadan Group Reading", khatma_type: "group", target_days: 30 },
  });
  return data?.id ?? error?.detail; // a problem says what to do
}
// that is all
