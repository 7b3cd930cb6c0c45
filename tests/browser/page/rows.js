// The web client's calls, row by row: [number, what it does, its calls].
import { check } from "./visitors.js";

export const ROWS = [
  [1, "signing up", async ({ creator, reader }) => {
    for (const { fullname, email, password } of [creator, reader]) {
      const account = { fullname, email, password, gender: "male", phone: "01012345678" };
      await creator.send("POST", "/api/signup/", account);
    }
    const { fullname, email, password } = creator;
    const again = { fullname, email, password, gender: "male", phone: "01012345678" };
    const headers = { "Content-Type": "application/json" };
    const refused = await fetch(`${creator.gateway}/api/signup/`, {
      method: "POST", headers, body: JSON.stringify(again),
    });
    const { message } = await refused.json();
    check(refused.status === 409 && message.endsWith("."), "the reason of a refusal is its message");
  }],

  [2, "logging in, with the e-mail as username", async ({ creator, reader }) => {
    for (const person of [creator, reader]) {
      const body = { username: person.email, password: person.password };
      const { access, refresh } = await person.send("POST", "/api/login/", body);
      check(access && refresh, "both tokens");
      Object.assign(person, { access, refresh });
    }
  }],

  [3, "refreshing, three times at once", async ({ reader }) => {
    const { refresh } = reader;
    const once = () => reader.send("POST", "/api/refresh/", { refresh });
    const answers = await Promise.all([once(), once(), once()]);
    check(answers.every(({ access }) => access), "an access token each");
    reader.access = answers[2].access;
  }],

  [4, "one's profile", async ({ reader }) => {
    const me = await reader.send("GET", "/api/user/me/");
    check(me.fullname === reader.fullname, "one's own name");
    check((me.profile_picture ?? null) === null, "no picture");
  }],

  [5, "one's figures", async ({ reader }) => {
    const figures = await reader.send("GET", "/api/stats/user/");
    for (const name of ["completed_khatmas", "total_khatmas", "average_daily_chapters", "current_streak"]) {
      check(typeof figures[name] === "number", name);
    }
  }],

  [6, "one's khatmas", async ({ reader }) => {
    const answer = await reader.send("GET", "/api/khatmas/?filter=my_khatmas");
    check(Array.isArray(answer) || Array.isArray(answer.results), "a list");
  }],

  [7, "a new khatma, its days from a form", async (people) => {
    const { creator } = people;
    const form = {
      name: "Ramadan Group Reading", khatma_type: "group", target_days: "30", is_public: true,
      description: "Finish Quran together",
    };
    await creator.send("POST", "/api/khatmas/", form);
    const mine = await creator.send("GET", "/api/khatmas/?filter=my_khatmas");
    const [khatma] = Array.isArray(mine) ? mine : mine.results;
    check(khatma.name === form.name && khatma.completion_percentage === 0, "it is there");
    people.khatma = khatma.id;
  }],

  [8, "khatmas to join", async ({ reader, khatma }) => {
    const { results } = await reader.send("GET", "/api/khatmas/?filter=joinable");
    const found = results.find(({ id }) => id === khatma);
    check(found.status === "active" && found.participants_count === 1, "it is among them");
  }],

  [9, "joining, without a body", async ({ reader, khatma }) => {
    await reader.send("POST", `/api/khatmas/${khatma}/join/`);
  }],

  [10, "who reads what", async ({ creator, reader, khatma }) => {
    const sessions = await whoReads(reader, khatma);
    check(sessions.khatma_creator_name === creator.fullname, "whose khatma it is");
    const names = sessions.results.map(({ user }) => user.fullname);
    check(names.join() === [creator.fullname, reader.fullname].join(), "both, by their parts");
  }],

  [11, "choosing a part", async ({ creator, khatma }) => {
    await report(creator, khatma, 1, true);
    await report(creator, khatma, 5, false);
    const chosen = await part(creator, khatma, 5);
    check(chosen.user.fullname === creator.fullname && !chosen.is_completed, "it is the chooser's");
  }],

  [12, "finishing one's part", async ({ reader, khatma }) => {
    await report(reader, khatma, 2, true);
  }],

  [13, "taking back what was tapped by mistake", async ({ reader, khatma }) => {
    await report(reader, khatma, 2, false);
    const back = await part(reader, khatma, 2);
    check(back.user.fullname === reader.fullname && !back.is_completed, "it is unfinished again");
  }],

  [14, "one's intentions", async ({ reader, khatma }) => {
    check(Array.isArray(await reader.send("GET", `/api/khatmas/${khatma}/intentions/`)), "a list");
  }],

  [15, "intentions, written", async ({ reader, khatma }) => {
    const intention = ["للوالدة", "for a friend"];
    await reader.send("POST", `/api/khatmas/${khatma}/intentions/`, { intention });
    const [kept] = await reader.send("GET", `/api/khatmas/${khatma}/intentions/`);
    check(JSON.stringify(kept.intention) === JSON.stringify(intention), "as they were written");
  }],
];

function whoReads(person, khatma) {
  return person.send("GET", `/api/khatmas/${khatma}/sessions/`);
}

async function part(person, khatma, chapter) {
  const { results } = await whoReads(person, khatma);
  return results.find(({ chapter_assigned }) => chapter_assigned === chapter);
}

/** With the slash doubled, as the client joins the path. */
function report(person, khatma, chapter_assigned, is_completed) {
  const body = { chapter_assigned, is_completed };
  return person.send("POST", `//api/khatmas/${khatma}/sessions/`, body);
}
