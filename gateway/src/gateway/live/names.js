// Whom the page knows by name, while somebody is in: who has left a khatma is still who they were in it.

const names = new Map();

/** The name of the person `id`; null where nobody told it, or nobody is to be told it any more. */
export const nameOf = (id) => names.get(id) ?? null;

/** Keep the names of `people`, as the API told them last. */
export function learn(people) {
  for (const { id, fullname } of people) if (id !== null && fullname) names.set(id, fullname);
}

/** Somebody's account is gone, and their name with it. */
export function unlearn(id) {
  names.delete(id);
}

export function forgetNames() {
  names.clear();
}
