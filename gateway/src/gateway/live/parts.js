// The thirty parts of a khatma: a rule without a page, so that an event changes them at once.

export const PARTS = 30;

/** Parts by number, 1 to 30, from what the API says of those that are not open. */
export function partsOf(taken) {
  const parts = Array.from({ length: PARTS + 1 }, () => ({ state: "open", reader: null }));
  for (const { chapter_assigned: chapter, is_completed: done, user } of taken) {
    parts[chapter] = { state: done ? "done" : "held", reader: user.id };
  }
  return parts;
}

/** Change `parts` as `event` says; return the numbers of those that are not what they were. */
export function apply(parts, { type, data }) {
  const change = CHANGES[type];
  const changed = [];
  for (const [chapter, part] of change?.(parts, data) ?? []) {
    const before = parts[chapter];
    if (before.state !== part.state || before.reader !== part.reader) changed.push(chapter);
    parts[chapter] = part;
  }
  return changed;
}

export const doneOf = (parts) => parts.filter(({ state }) => state === "done").length;

const open = (chapters = []) => chapters.map((chapter) => [chapter, { state: "open", reader: null }]);
const held = (chapters, reader) => chapters.map((chapter) => [chapter, { state: "held", reader }]);

const CHANGES = {
  "khatma.parts_claimed.v1": (parts, { member, chapters, parts_freed: freed }) => [
    ...open(freed),
    // What came late finds the part finished already.
    ...held(chapters.filter((chapter) => parts[chapter].state !== "done"), member),
  ],
  "khatma.progress_noted.v1": (parts, { member, chapter }) =>
    parts[chapter].state === "open" ? held([chapter], member) : [],
  "khatma.part_completed.v1": (_, { member, chapter }) => [[chapter, { state: "done", reader: member }]],
  "khatma.part_taken_back.v1": (_, { member, chapter, parts_freed: freed }) => [...open(freed), ...held([chapter], member)],
  "khatma.member_left.v1": (_, { parts_freed: freed }) => open(freed),
};
