// The khatma document from its first request to its last, through the typed client.
import { sakina, type Sakina } from "sakina-client";

type Answered<Data> = { data?: Data; error?: unknown; response: Response };

function check(truth: boolean, what: string): asserts truth {
  if (!truth) throw new Error(`not as documented: ${what}`);
}

/** The data of an answer that must have `status`. */
async function ok<Data>(asked: Promise<Answered<Data>>, status = 200): Promise<NonNullable<Data>> {
  const { data, error, response } = await asked;
  const said = `${response.url}: ${response.status} ${JSON.stringify(error)}`;
  check(response.status === status && data !== undefined && data !== null, said);
  return data;
}

/** Somebody new; the client asks for the token before each request, so a fresh one counts at once. */
class Person {
  access: string | undefined;
  refresh = "";
  readonly api: Sakina;

  constructor(baseUrl: string, readonly fullname: string, readonly email: string) {
    this.api = sakina(baseUrl, () => this.access);
  }

  async arrives(): Promise<void> {
    const [email, password] = [this.email, "StrongPass123"];
    const body = { fullname: this.fullname, email, password, gender: "male", phone: "01012345678" } as const;
    const account = await ok(this.api.POST("/api/signup/", { body }), 201);
    check(account.fullname === this.fullname && account.phone === "01012345678", "signup");
    const tokens = await ok(this.api.POST("/api/login/", { body: { email, password } }));
    const { refresh } = tokens;
    this.access = (await ok(this.api.POST("/api/refresh/", { body: { refresh } }))).access;
  }
}

export async function tell(baseUrl: string): Promise<void> {
  const tag = Date.now().toString(36);
  const ali = new Person(baseUrl, "Ali Ahmed", `ali-${tag}@example.com`);
  const reader = new Person(baseUrl, "Reader", `reader-${tag}@example.com`);
  await Promise.all([ali.arrives(), reader.arrives()]);

  const body = {
    name: "Ramadan Group Reading",
    description: "Finish Quran together",
    khatma_type: "group",
    target_days: 30,
    is_public: true,
  } as const;
  const khatma = await ok(ali.api.POST("/api/khatmas/", { body }), 201);
  check(khatma.name === body.name && khatma.creator !== null, "create");
  const params = { path: { id: khatma.id } };
  for (const filter of ["my_khatmas", "public"] as const) {
    const listed = await ok(ali.api.GET("/api/khatmas/", { params: { query: { filter } } }));
    check(JSON.stringify(listed).includes(body.name), `list ${filter}`);
  }

  const joined = await ok(reader.api.POST("/api/khatmas/{id}/join/", { params }));
  check(joined.message === "Successfully joined khatma" && joined.chapter_assigned === 2, "join");
  const left = await ok(reader.api.DELETE("/api/khatmas/{id}/leave/", { params }));
  check(left.message === "Successfully left khatma", "leave");

  const report = { chapter_assigned: 7, is_completed: true };
  const reading = await ok(ali.api.POST("/api/khatmas/{id}/sessions/", { params, body: report }), 201);
  check(reading.chapter_assigned === 7 && reading.is_completed, "read");
  const readings = await ok(ali.api.GET("/api/sessions/", { params: { query: { user: "me" } } }));
  check(JSON.stringify(readings).includes(`"id":${reading.id}`), "readings");

  // What was read can be put back whole, with what only Sakina says.
  const seen = await ok(ali.api.GET("/api/khatmas/{id}/", { params }));
  const put = await ok(
    ali.api.PUT("/api/khatmas/{id}/", { params, body: { ...seen, target_days: 29 } }),
  );
  check(put.target_days === 29, "put");

  const figures = await ok(ali.api.GET("/api/stats/user/"));
  check(figures.total_chapters_read === 1 && figures.current_streak === 1, "figures");
  const group = await ok(ali.api.GET("/api/stats/khatma/{id}/", { params }));
  check(group.completion_percentage === 3.3 && group.daily_progress.length > 0, "khatma's figures");
  await ok(ali.api.GET("/api/achievements/"));

  const notification = await firstNotification(ali);
  const one = { path: { id: notification } };
  const marked = await ok(ali.api.PATCH("/api/notifications/{id}/read/", { params: one }));
  check(marked.is_read, "read a notification");
  await ok(ali.api.PATCH("/api/notifications/mark-all-read/"));
  const dashboard = await ok(ali.api.GET("/api/dashboard/"));
  check(dashboard.today_chapters === 1, "dashboard");
  check((await ok(ali.api.GET("/api/user/me/"))).email === ali.email, "profile");

  const refused = await Promise.all([
    sakina(baseUrl).GET("/api/user/me/"),
    reader.api.DELETE("/api/khatmas/{id}/", { params }),
    ali.api.GET("/api/khatmas/{id}/", { params: { path: { id: 2 ** 53 - 1 } } }),
    // @ts-expect-error without a name, which the types forbid
    ali.api.POST("/api/khatmas/", { body: { khatma_type: "group", target_days: 30 } }),
  ]);
  check(refused.map(({ error }) => error?.status).join() === "401,403,404,400", "refusals");
}

/** The id of the newest notification, which an event makes: asked for until it is there. */
async function firstNotification(person: Person): Promise<number> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const page = await ok(person.api.GET("/api/notifications/"));
    const [first] = page.results;
    if (first !== undefined) return first.id;
    check(Date.now() < deadline, "no notification came");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
