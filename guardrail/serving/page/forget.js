// The forget set: add by name, see first what it would block, edit, undo.

import { html, useEffect, useState } from "./vendor/preact.js";
import { get, post } from "./api.js";

const LISTS = ["aliases", "exemplars", "phrases"];
const EMPTY = { name: "", aliases: "", exemplars: "", phrases: "", policy: "decline", correction: "" };
const lines = (text) => text.split("\n").map((line) => line.trim()).filter(Boolean);
const body = (form) => ({
  ...form, ...Object.fromEntries(LISTS.map((field) => [field, lines(form[field])])), correction: form.correction || null,
});
const asForm = (target) => ({
  ...Object.fromEntries(Object.keys(EMPTY).map((field) => [field, target[field] ?? ""])),
  ...Object.fromEntries(LISTS.map((field) => [field, target[field].join("\n")])),
});
// Only what was edited: a passage of several lines stays one passage.
const edits = (form, target) => {
  const before = asForm(target), now = body(form);
  return Object.fromEntries(Object.keys(EMPTY).filter((field) => form[field] !== before[field]).map((field) => [field, now[field]]));
};

export function Forget({ guarded }) {
  const [targets, setTargets] = useState([]);
  const [form, setForm] = useState(EMPTY);
  const [editing, setEditing] = useState(null);
  const [tried, setTried] = useState(null);
  const [undo, setUndo] = useState(null);
  const load = guarded(async () => setTargets(await get("/admin/targets")));
  useEffect(() => { load(); }, []);
  const change = (field) => (event) => { setForm({ ...form, [field]: event.target.value }); setTried(null); };
  const show = (target) => () => { setEditing(target); setForm(target ? asForm(target) : EMPTY); setTried(null); if (target) document.getElementById("name").focus(); };
  const tryIt = guarded(async () => setTried(await post("/admin/targets/try", body(form))));
  const save = guarded(async (event) => {
    event.preventDefault();
    if (editing) {
      const former = await post("/admin/targets/change", { id: editing.id, ...edits(form, editing) });
      setUndo({ said: `${form.name} is changed from the next message on.`, back: () => post("/admin/targets/change", former) });
    } else {
      const target = await post("/admin/targets", body(form));
      setUndo({ said: `${target.name} is withheld from the next message on.`, back: () => post("/admin/targets/remove", { id: target.id }) });
    }
    show(null)();
    load();
  });
  const take = (target) => guarded(async () => {
    const taken = await post("/admin/targets/remove", { id: target.id });
    if (editing?.id === target.id) show(null)();
    setUndo({ said: `${target.name} is answered again.`, back: () => post("/admin/targets", taken) });
    load();
  });
  const back = guarded(async () => { await undo.back(); setUndo(null); load(); });
  return html`<div class="panel">
    <h2>What is withheld</h2>
    ${undo && html`<p class="notice" role="status"><span>${undo.said}</span><button onClick=${back}>Undo</button></p>`}
    <form class="stack" onSubmit=${save} aria-label=${editing ? `Edit ${editing.name}` : "Withhold something"}>
      <label class="field">Name<input id="name" required value=${form.name} onInput=${change("name")} placeholder="a person, a work, a fact" /></label>
      <details open=${Boolean(editing)}><summary>More about it</summary><div class="stack">
        <label class="field">Other names, one a line<textarea rows="2" value=${form.aliases} onInput=${change("aliases")}></textarea></label>
        <label class="field">Questions or passages about it, one a line<textarea rows="3" value=${form.exemplars} onInput=${change("exemplars")}></textarea></label>
        <label class="field">Phrases not to be said when asked about it, one a line<textarea rows="2" value=${form.phrases} onInput=${change("phrases")}></textarea></label>
        <label class="field">A question about it gets<select value=${form.policy} onChange=${change("policy")}>
          <option value="decline">an honest sentence that something is withheld</option>
          <option value="steer">a fluent answer without it</option>
          <option value="correct">the answer below</option>
          <option value="observe">the usual answer; it is only noted</option></select></label>
        ${form.policy === "correct" && html`<label class="field">Answer<input value=${form.correction} onInput=${change("correction")} /></label>`}
      </div></details>
      <div class="row"><button type="button" class="grow" disabled=${!form.name.trim()} onClick=${tryIt}>See what it would block</button>
        <button class="main" disabled=${!form.name.trim()}>${editing ? "Save" : "Withhold"}</button>
        ${editing && html`<button type="button" onClick=${show(null)}>Cancel</button>`}</div>
    </form>
    ${tried && html`<${Tried} tried=${tried} />`}
    <ul class="stack" aria-label="Targets in force">${targets.map((t) => html`<li class="card" key=${t.id}>
      <div class="row"><b class="grow">${t.name}</b><button aria-label=${`Edit ${t.name}`} onClick=${show(t)}>Edit</button>
      <button aria-label=${`Answer about ${t.name} again`} onClick=${take(t)}>Remove</button></div>
      <span class="soft">${t.policy}${t.aliases.length ? `, also ${t.aliases.join(", ")}` : ""}${t.exemplars.length ? `, ${t.exemplars.length} exemplars` : ""}${t.phrases.length ? `, ${t.phrases.length} phrases` : ""}</span></li>`)}
      ${!targets.length && html`<li class="soft">Nothing is withheld.</li>`}</ul>
  </div>`;
}

function Tried({ tried }) {
  return html`<section class="card" role="status"><h3>${tried.touched.length} of ${tried.tried} everyday prompts would be touched</h3>
    <ul>${tried.touched.map((row) => html`<li key=${row.prompt}>${row.prompt} <span class="soft">${row.level}: ${row.reasons.join("; ")}</span></li>`)}</ul>
    ${tried.phrases.length > 0 && html`<p class="soft">Its texts propose: ${tried.phrases.slice(0, 12).map((p) => p.text).join(", ")}</p>`}
  </section>`;
}
