// The page put together: chat at the left, the forget set and the memory beside it.

import { html, render, useEffect, useRef, useState } from "./vendor/preact.js";
import { chat, hasKey, setKey } from "./api.js";
import { Forget } from "./forget.js";
import { Memory } from "./memory.js";
import { Turn } from "./reply.js";

const NARROW = "(max-width: 860px)"; // as in style.css

function App() {
  const [turns, setTurns] = useState([]);
  const [tab, setTab] = useState("chat");
  const [who, setWho] = useState({ user: "default", conversation: "page" });
  const [problem, setProblem] = useState("");
  const [locked, setLocked] = useState(!hasKey());
  const [stop, setStop] = useState(null);
  const guarded = (work) => async (...args) => {
    try { setProblem(""); return await work(...args); }
    catch (error) { setProblem(error.message); }
  };
  const send = async (text) => {
    const control = new AbortController();
    const reply = { role: "reply", text: "", busy: true };
    const update = (change) => { Object.assign(reply, change); setTurns((all) => [...all.slice(0, -1), { ...reply }]); };
    setTurns((all) => [...all, { role: "user", text }, reply]);
    setStop(() => () => control.abort());
    try {
      const about = await chat({ text, ...who, signal: control.signal, onText: (piece) => update({ text: reply.text + piece }) });
      update({ about, busy: false });
    } catch (error) {
      if (error.status === 401) setLocked(true);
      update({ busy: false, error: error.name === "AbortError" ? "Stopped; nothing of it is stored." : error.message });
    } finally { setStop(null); }
  };
  const set = (field) => (event) => { setWho({ ...who, [field]: event.target.value || "default" }); setTurns([]); };
  const side = tab === "chat" ? "forget" : tab;
  const done = turns.filter((turn) => turn.about).length;
  return html`<div class="shell">
    <a class="sr skip" href="#message">Skip to the message box</a>
    <header><h1><img src="/page/icon.svg" alt="" />guardrail + memory</h1>
      <label><span>User</span><input aria-label="User" value=${who.user} onChange=${set("user")} /></label>
      <label><span>Conversation</span><input aria-label="Conversation" value=${who.conversation} onChange=${set("conversation")} /></label>
      <button onClick=${() => setLocked(true)}>Key</button></header>
    <main class=${tab === "chat" ? "on-chat" : ""}>
      <section id="chat" class=${tab === "chat" ? "chat" : "chat hidden"} aria-label="Chat"><${Log} turns=${turns} />
        <${Ask} send=${send} stop=${stop} /></section>
      <aside class=${tab === "chat" ? "side only-tabs" : "side"} aria-label="Administration">
        <${Tabs} tab=${tab} side=${side} setTab=${setTab} />
        ${problem && html`<p class="notice bad" role="alert">${problem}</p>`}
        <div role="tabpanel" id="side" aria-labelledby=${`tab-${side}`} class=${tab === "chat" ? "panel hidden" : "panel"}>
          ${side === "forget" ? html`<${Forget} key=${locked} guarded=${guarded} />`
            : html`<${Memory} key=${locked} guarded=${guarded} turns=${done} ...${who} />`}</div>
      </aside></main>
    ${locked && html`<${Key} close=${() => { setLocked(false); setProblem(""); }} />`}</div>`;
}

// As the ARIA practices have it: one tab stop, arrows choose.
function Tabs({ tab, side, setTab }) {
  const narrow = matchMedia(NARROW).matches;
  const shown = narrow ? ["chat", "forget", "memory"] : ["forget", "memory"];
  const current = narrow ? tab : side;
  const keys = (event) => {
    const at = shown.indexOf(current), last = shown.length - 1;
    const to = { ArrowRight: at === last ? 0 : at + 1, ArrowLeft: at === 0 ? last : at - 1, Home: 0, End: last }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    setTab(shown[to]);
    document.getElementById(`tab-${shown[to]}`).focus();
  };
  const one = (name, label) => html`<button role="tab" id=${`tab-${name}`} class=${`${name}tab`} aria-controls=${name === "chat" ? "chat" : "side"}
    aria-selected=${name === current ? "true" : "false"} tabindex=${name === current ? 0 : -1} onClick=${() => setTab(name)}>${label}</button>`;
  return html`<div class="tabs" role="tablist" aria-label="Views" onKeyDown=${keys}>${one("chat", "Chat")}${one("forget", "Forget")}${one("memory", "Memory")}</div>`;
}

function Log({ turns }) {
  const end = useRef();
  useEffect(() => { end.current.scrollTop = end.current.scrollHeight; }, [turns]);
  return html`<div class="log" role="log" aria-live="polite" tabindex="0" aria-label="Messages" ref=${end}>
    ${turns.map((turn, i) => html`<${Turn} key=${i} turn=${turn} />`)}
    ${!turns.length && html`<div class="welcome"><h2>What should it forget, what should it remember?</h2>
      <p>Ask it something. Under each reply you see what was withheld and why, what was recalled and from when, and what the prompt cost.</p>
      <p><b>Forget</b> withholds a person, a work or a fact from the next message on. <b>Memory</b> shows what you told it, and erases it for real.</p></div>`}</div>`;
}

function Ask({ send, stop }) {
  const [text, setText] = useState("");
  const go = (event) => { event.preventDefault(); if (text.trim() && !stop) { send(text); setText(""); } };
  const key = (event) => { if (event.key === "Enter" && !event.shiftKey && !event.isComposing) go(event); };
  return html`<form class="ask" onSubmit=${go}><label class="sr" for="message">Message</label>
    <textarea id="message" rows="1" autofocus placeholder="Write a message" value=${text} onInput=${(e) => setText(e.target.value)} onKeyDown=${key}></textarea>
    ${stop ? html`<button type="button" onClick=${stop}>Stop</button>` : html`<button class="main" disabled=${!text.trim()}>Send</button>`}</form>`;
}

function Key({ close }) {
  const dialog = useRef();
  const [key, setIt] = useState("");
  useEffect(() => { dialog.current.showModal(); }, []);
  const go = (event) => { event.preventDefault(); if (key) setKey(key); close(); };
  return html`<dialog ref=${dialog} aria-labelledby="keytitle" onClose=${close}><form class="stack" onSubmit=${go}><h2 id="keytitle">The key of this server</h2>
    <p class="soft">The administration key is printed where the server was started, with a link that opens this page unlocked. With a chat key you can chat, but not see what is withheld.</p>
    <label class="field">Key<input type="password" autocomplete="off" value=${key} onInput=${(e) => setIt(e.target.value)} /></label>
    <div class="row"><button class="main grow">Use it</button><button type="button" onClick=${close}>Not now</button></div></form></dialog>`;
}

render(html`<${App} />`, document.getElementById("app"));
