// Calls to the server. The key travels in a header, never in a cookie, and lives as long as the tab.

const fragment = new URLSearchParams(location.hash.slice(1)).get("key");
if (fragment) {
  sessionStorage.setItem("key", fragment);
  history.replaceState(null, "", location.pathname);
}

export const hasKey = () => Boolean(sessionStorage.getItem("key"));
export const setKey = (key) => { sessionStorage.setItem("key", key); own = false; };

export class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

async function send(method, path, body, extra = {}) {
  const headers = { ...extra.headers };
  if (hasKey()) headers.Authorization = `Bearer ${sessionStorage.getItem("key")}`;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const answer = await fetch(path, {
    method, headers, signal: extra.signal, body: body === undefined ? undefined : JSON.stringify(body),
  });
  if (answer.ok) return answer;
  const told = await answer.json().catch(() => null);
  throw new Refused(answer.status, told?.error?.message ?? `the server answered ${answer.status}`);
}

const json = async (...call) => (await send(...call)).json();
export const get = (path, query = {}) => json("GET", `${path}?${new URLSearchParams(query)}`);
export const post = (path, body) => json("POST", path, body);

// The memory: with the administration key anybody's, with any other key one's own.
let own = false;
async function either(path, admins, owns) {
  if (!own) {
    try { return await admins(`/admin/memory/${path}`); }
    catch (error) { if (error.status !== 401 || !hasKey()) throw error; own = true; }
  }
  return owns(`/v1/memory/${path}`);
}
const told = ({ turns, chunks, facts, summaries, incomplete }) => ({
  summary: `${turns} turns, ${chunks} chunks, ${facts} facts and ${summaries} summary lines`,
  places: { turns, chunks, facts, "summary lines": summaries }, incomplete,
});
export const memory = {
  conversations: (user) => either("conversations", (path) => get(path, { user }), (path) => post(path, { user })),
  facts: (user) => either("facts", (path) => get(path, { user }), (path) => post(path, { user })),
  // The turns before those that are there already.
  turns: (user, conversation, limit, there = []) => either("turns",
    (path) => get(path, { user, limit, ...conversation && { conversation }, ...there.length && { before: there[0].id } }),
    (path) => post(path, { user, limit, skip: there.length, ...conversation && { conversation } })),
  search: (user, query) => either("search", (path) => post(path, { query, user }), (path) => post(path, { query, user })),
  erase: (user, wanted) => either("erase", (path) => post(path, { ...wanted, user }), async (path) => told(await post(path, { ...wanted, user }))),
};
// What erases one turn: its id, or where no id is told its words at its time.
export const oneTurn = (row) => {
  const id = row.turn_id ?? row.id;
  if (id !== undefined) return { turn_ids: [id] };
  return { text: row.text, since: row.time, until: new Date(new Date(row.time).getTime() + 1).toISOString() };
};

// Calls onText with each piece; gives what the server says of the reply besides its text.
export async function chat({ text, user, conversation, signal, onText }) {
  const body = { messages: [{ role: "user", content: text }], user, stream: true };
  const headers = { "X-Conversation": encodeURIComponent(conversation) };
  const answer = await send("POST", "/v1/chat/completions", body, { headers, signal });
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let pending = "", about = {};
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return about;
    const events = (pending + value).split("\n\n");
    pending = events.pop();
    for (const event of events) {
      const data = event.slice("data: ".length);
      if (data === "[DONE]") continue;
      const chunk = JSON.parse(data);
      if (chunk.error) throw new Refused(500, chunk.error.message);
      if (chunk.guardrail) about = chunk.guardrail;
      const piece = chunk.choices[0]?.delta.content;
      if (piece) onText(piece);
    }
  }
}
