// A chat as `useStream` of `@langchain/react` makes it, over the thread stream; the test clicks through it.
import { useStream } from "@langchain/react";
import { useState } from "react";
import { createRoot } from "react-dom/client";

const query = new URLSearchParams(window.location.search);
const human = (text) => ({ messages: [{ type: "human", content: [{ type: "text", text }] }] });

function show(threadId) {
  query.set("thread", threadId);
  window.history.replaceState(null, "", `?${query}`);
}

function Chat() {
  const [threadId, setThreadId] = useState(query.get("thread"));
  const [draft, setDraft] = useState("");
  const stream = useStream({
    apiUrl: query.get("api"),
    assistantId: "chat",
    transport: query.get("transport"),
    threadId,
    onThreadId: (id) => {
      setThreadId(id);
      show(id);
    },
  });
  return (
    <main>
      <ol>
        {stream.messages.map((message) => (
          <li className={message.type} key={message.id}>
            <span className="text">{message.text}</span>
          </li>
        ))}
      </ol>
      <p id="state">{stream.isLoading ? "loading" : "idle"}</p>
      <p id="interrupt">{stream.interrupt ? JSON.stringify(stream.interrupt.value) : ""}</p>
      <p id="error">{stream.error ? String(stream.error) : ""}</p>
      <input value={draft} onChange={(event) => setDraft(event.target.value)} />
      <button id="send" onClick={() => stream.submit(human(draft))}>send</button>
      <button id="answer" onClick={() => stream.respond(draft)}>answer</button>
      <button id="stop" onClick={() => stream.stop()}>stop</button>
    </main>
  );
}

createRoot(document.getElementById("root")).render(<Chat />);
