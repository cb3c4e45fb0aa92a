// The memory: facts over time, what was said, search, and erasure with its receipt.

import { html, useEffect, useState } from "./vendor/preact.js";
import { memory, oneTurn } from "./api.js";
import { when } from "./reply.js";

const PAGE = 40;
const ALL = ""; // all conversations; no conversation has an empty name

export function Memory({ guarded, user, conversation, turns }) {
  const [names, setNames] = useState([]);
  const [chosen, setChosen] = useState(conversation);
  const [earlier, setEarlier] = useState(false);
  const [facts, setFacts] = useState([]);
  const [found, setFound] = useState(null);
  const [query, setQuery] = useState("");
  const [preview, setPreview] = useState(null);
  const [receipt, setReceipt] = useState(null);
  const load = guarded(async () => {
    setFacts(await memory.facts(user));
    setNames(await memory.conversations(user));
    const page = await memory.turns(user, chosen, PAGE);
    setFound(page); setEarlier(page.length === PAGE);
  });
  const more = guarded(async () => {
    const page = await memory.turns(user, chosen, PAGE, found);
    setFound([...page, ...found]); setEarlier(page.length === PAGE);
  });
  useEffect(() => { setChosen(conversation); }, [user, conversation]);
  useEffect(() => { load(); }, [user, chosen, turns]);
  const search = guarded(async (event) => {
    event.preventDefault();
    setReceipt(null); setPreview(null);
    if (!query.trim()) return load();
    setEarlier(false);
    setFound(await memory.search(user, query));
  });
  const ask = (wanted) => guarded(async () => {
    setReceipt(null);
    setPreview({ wanted, would: await memory.erase(user, { ...wanted, preview: true }) });
  });
  const erase = guarded(async () => {
    setReceipt(await memory.erase(user, preview.wanted));
    setPreview(null); load();
  });
  return html`<div class="panel">
    <h2>What is remembered of ${user}</h2>
    <form class="stack" role="search" onSubmit=${search}>
      <label class="field">Search by meaning and words<input type="search" value=${query} onInput=${(e) => setQuery(e.target.value)} /></label>
      <div class="row"><button class="main grow">Search</button>
        <button type="button" class="danger" disabled=${!query.trim()} onClick=${ask({ query })}>Erase all about it</button></div>
    </form>
    ${preview && html`<div class="notice bad" role="alertdialog" aria-label="Erase for real?"><span>This erases ${preview.would.summary}. It cannot be undone.</span>
      <span class="row"><button class="danger" onClick=${erase}>Erase</button><button onClick=${() => setPreview(null)}>Keep</button></span></div>`}
    ${receipt && html`<${Receipt} receipt=${receipt} />`}
    <section class="stack"><h3>Facts over time</h3><${Facts} facts=${facts} /></section>
    <section class="stack"><h3>What was said</h3>
      <label class="field">In<select aria-label="Conversation to show" value=${chosen} onChange=${(e) => { setQuery(""); setChosen(e.target.value); }}>
        <option value=${ALL}>all conversations</option>
        ${[...new Set([conversation, ...names])].map((name) => html`<option key=${name} value=${name}>${name}</option>`)}</select></label>
      ${earlier && html`<button onClick=${more}>Earlier</button>`}
      <ul class="stack said-list">${(found ?? []).map((row) => html`<li class="card" key=${row.turn_id ?? row.id ?? row.time + row.text}><span>${row.text}</span>
        <span class="row"><span class="soft grow">${row.speaker}, ${when(row.time)}${chosen === ALL ? `, in ${row.conversation}` : ""}</span>
        <button aria-label=${`Erase what ${row.speaker} said on ${when(row.time)}`} onClick=${ask(oneTurn(row))}>Erase</button></span></li>`)}
        ${found && !found.length && html`<li class="soft">Nothing.</li>`}</ul></section>
  </div>`;
}

function Receipt({ receipt }) {
  const places = Object.entries(receipt.places).filter(([, count]) => count > 0);
  return html`<section class="notice receipt stack" role="status" aria-label="Receipt"><span>Receipt: erased ${receipt.summary}.</span>
    ${places.length > 0 && html`<table><caption class="sr">What went from where</caption><tbody>
      ${places.map(([place, count]) => html`<tr key=${place}><th scope="row">${place}</th><td>${count}</td></tr>`)}</tbody></table>`}
    ${receipt.incomplete && html`<span>Somebody else was reading: old pages are in the log until the next start.</span>`}</section>`;
}

function Facts({ facts }) {
  if (!facts.length) return html`<p class="soft">No facts yet. Say something of yourself.</p>`;
  return html`<ol class="timeline">${facts.map((f) => html`<li key=${`${f.turn_id}-${f.attribute}`} class=${f.until ? "past" : ""}>
    ${f.until ? html`<s>${f.text}</s><span class="sr"> (no longer holds)</span>` : f.text}<br />
    <span class="soft">${when(f.since)}${f.until ? ` to ${when(f.until)}` : ", still holds"}</span></li>`)}</ol>`;
}
