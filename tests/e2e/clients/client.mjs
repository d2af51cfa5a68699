// The stock client, call by call; what it saw is printed as JSON.
import { existsSync, writeFileSync } from "node:fs";
import { Client } from "@langchain/langgraph-sdk";

const [apiUrl, gates] = process.argv.slice(2);
const client = new Client({ apiUrl });
const said = (content) => ({ messages: [{ type: "human", content }] });
const last = (values) => values.messages.at(-1).content;
const seen = {};

async function all(stream) {
  const parts = [];
  for await (const part of stream) parts.push(part);
  return parts;
}

const thread = await client.threads.create({ metadata: { of: "js" } });
const id = thread.thread_id;
seen.found = (await client.threads.search({ metadata: { of: "js" } })).map((each) => each.thread_id === id);
seen.assistants = (await client.assistants.search({ graphId: "chat" })).map((each) => each.name);

const blocks = [{ type: "text", text: "hello" }];
const streamMode = ["messages-tuple", "values", "updates", "custom", "tasks", "tools"];
const parts = await all(client.runs.stream(id, "chat", { input: said(blocks), streamMode }));
seen.events = [...new Set(parts.map((part) => part.event))];
seen.words = parts.filter((part) => part.event === "messages").map((part) => part.data[0].content).join("");

// A stream that is left in the middle and joined again: what it missed, and nothing twice.
let runId;
const held = client.runs.stream(id, "chat", {
  input: said("wait <js for me"),
  streamMode: "messages-tuple",
  streamResumable: true,
  onDisconnect: "continue",
  onRunCreated: (run) => (runId = run.run_id),
});
const before = [];
for await (const part of held) {
  before.push(part);
  if (part.event === "messages" && part.data[0].content === "wait ") break;
}
writeFileSync(`${gates}/js`, "");
const lastEventId = before.at(-1).id;
const after = await all(client.runs.joinStream(id, runId, { lastEventId, streamMode: ["messages-tuple"] }));
const words = (found) => found.filter((part) => part.event === "messages").map((part) => part.data[0].content);
seen.rejoined = [...words(before), ...words(after)].join("");
seen.replayed = words(await all(client.runs.joinStream(id, runId, { lastEventId: "-1" }))).join("");

// Stopped by hand.
const stuck = await client.runs.create(id, "chat", { input: said("wait <never") });
const joining = client.runs.join(id, stuck.run_id).then(() => "joined");
await client.runs.cancel(id, stuck.run_id, true);
seen.cancelled = [(await client.runs.get(id, stuck.run_id)).status, await joining];

// Asked and answered.
const asked = await client.runs.wait(id, "chat", { input: said("which door?") });
seen.asked = asked.__interrupt__.map((each) => each.value);
seen.interrupted = (await client.threads.get(id)).status;
seen.answered = last(await client.runs.wait(id, "chat", { command: { resume: "the red one" } }));

// A question that is passed over: the thread is at its end then.
await client.runs.wait(id, "chat", { input: said("another door?") });
await client.threads.updateState(id, { values: null, asNode: "__end__" });
const passed = await client.threads.get(id);
seen.passed = [passed.status, passed.interrupts];

// State, history, forks.
const state = await client.threads.getState(id);
seen.state = [state.next, last(state.values)];
const history = await client.threads.getHistory(id, { limit: 100 });
seen.history = history.length;
const first = history.at(-1).checkpoint;
const forked = await client.runs.wait(id, "chat", { input: said("again"), checkpointId: first.checkpoint_id });
seen.forked = forked.messages.length;
const updated = await client.threads.updateState(id, { values: { answers: ["by hand"] }, asNode: "ask" });
seen.updated = (await client.threads.getState(id, updated.checkpoint)).next;

await client.store.putItem(["js", "notes"], "one", { text: "fog" });
seen.item = (await client.store.getItem(["js", "notes"], "one")).value;
seen.items = (await client.store.searchItems(["js"])).items.map((item) => item.key);
seen.namespaces = (await client.store.listNamespaces({ prefix: ["js"] })).namespaces;
await client.store.deleteItem(["js", "notes"], "one");
seen.gone = await client.store.getItem(["js", "notes"], "one");

const copy = await client.threads.copy(id);
seen.copied = (await client.threads.getState(copy.thread_id)).next;
await client.threads.delete(id);
seen.deleted = await client.threads.get(id).catch((error) => error.status);
seen.gate = existsSync(`${gates}/never`);
console.log(JSON.stringify(seen));
