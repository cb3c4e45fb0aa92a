// The memory: facts over time, what was said, search, and erasure with its receipt.

import { html, useEffect, useState } from "./vendor/preact.js";
import { get, post } from "./api.js";
import { when } from "./reply.js";

export function Memory({ guarded, user, conversation, turns }) {
  const [facts, setFacts] = useState([]);
  const [found, setFound] = useState(null);
  const [query, setQuery] = useState("");
  const [preview, setPreview] = useState(null);
  const [receipt, setReceipt] = useState(null);
  const load = guarded(async () => {
    setFacts(await get("/admin/memory/facts", { user }));
    setFound(await get("/admin/memory/turns", { user, conversation, limit: 40 }));
  });
  useEffect(() => { load(); }, [user, conversation, turns]);
  const search = guarded(async (event) => {
    event.preventDefault();
    setReceipt(null); setPreview(null);
    if (!query.trim()) return load();
    setFound(await post("/admin/memory/search", { query, user }));
  });
  const ask = (wanted) => guarded(async () => {
    setReceipt(null);
    setPreview({ wanted, would: await post("/admin/memory/erase", { ...wanted, user, preview: true }) });
  });
  const erase = guarded(async () => {
    setReceipt(await post("/admin/memory/erase", { ...preview.wanted, user }));
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
    ${receipt && html`<p class="notice receipt" role="status">Receipt: erased ${receipt.summary}.</p>`}
    <section class="stack"><h3>Facts over time</h3><${Facts} facts=${facts} /></section>
    <section class="stack"><h3>What was said</h3>
      <ul class="stack said-list">${(found ?? []).map((row) => { const id = row.turn_id ?? row.id; return html`<li class="card" key=${id}><span>${row.text}</span>
        <span class="row"><span class="soft grow">${row.speaker}, ${when(row.time)}</span>
        <button aria-label=${`Erase what ${row.speaker} said on ${when(row.time)}`} onClick=${ask({ turn_ids: [id] })}>Erase</button></span></li>`; })}
        ${found && !found.length && html`<li class="soft">Nothing.</li>`}</ul></section>
  </div>`;
}

function Facts({ facts }) {
  if (!facts.length) return html`<p class="soft">No facts yet. Say something of yourself.</p>`;
  return html`<ol class="timeline">${facts.map((f) => html`<li key=${`${f.turn_id}-${f.attribute}`} class=${f.until ? "past" : ""}>
    ${f.until ? html`<s>${f.text}</s><span class="sr"> (no longer holds)</span>` : f.text}<br />
    <span class="soft">${when(f.since)}${f.until ? ` to ${when(f.until)}` : ", still holds"}</span></li>`)}</ol>`;
}
