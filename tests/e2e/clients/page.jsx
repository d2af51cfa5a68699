// A chat as `useStream` makes it; the test clicks through it.
import { useStream } from "@langchain/langgraph-sdk/react";
import { useState } from "react";
import { createRoot } from "react-dom/client";

const query = new URLSearchParams(window.location.search);
const human = (text) => ({ messages: [{ type: "human", content: [{ type: "text", text }] }] });
const textOf = ({ content }) =>
  typeof content === "string" ? content : content.map((block) => block.text ?? "").join("");

function show(threadId) {
  query.set("thread", threadId);
  window.history.replaceState(null, "", `?${query}`);
}

function Message({ message, stream, draft }) {
  const meta = stream.getMessagesMetadata(message);
  const fork = () =>
    stream.submit(human(draft), { checkpoint: meta?.firstSeenState?.parent_checkpoint });
  return (
    <li className={message.type} data-id={message.id}>
      <span className="text">{textOf(message)}</span>
      {message.type === "human" && <button className="edit" onClick={fork}>edit</button>}
      {meta?.branchOptions?.map((branch) => (
        <button className="branch" key={branch} onClick={() => stream.setBranch(branch)}>{branch}</button>
      ))}
    </li>
  );
}

function Chat() {
  const [threadId, setThreadId] = useState(query.get("thread"));
  const [draft, setDraft] = useState("");
  const stream = useStream({
    apiUrl: query.get("api"),
    assistantId: "chat",
    threadId,
    onThreadId: (id) => {
      setThreadId(id);
      show(id);
    },
    reconnectOnMount: true,
    fetchStateHistory: { limit: 100 },
  });
  const send = () => stream.submit(human(draft));
  const answer = () => stream.submit(undefined, { command: { resume: draft } });
  return (
    <main>
      <ol>
        {stream.messages.map((message) => (
          <Message key={message.id} message={message} stream={stream} draft={draft} />
        ))}
      </ol>
      <p id="state">{stream.isLoading ? "loading" : "idle"}</p>
      <p id="interrupt">{stream.interrupt ? JSON.stringify(stream.interrupt.value) : ""}</p>
      <p id="error">{stream.error ? String(stream.error) : ""}</p>
      <input value={draft} onChange={(event) => setDraft(event.target.value)} />
      <button id="send" onClick={send}>send</button>
      <button id="answer" onClick={answer}>answer</button>
      <button id="stop" onClick={() => stream.stop()}>stop</button>
    </main>
  );
}

createRoot(document.getElementById("root")).render(<Chat />);
