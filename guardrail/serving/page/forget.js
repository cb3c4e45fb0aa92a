// The forget set: add by name, see first what it would block, undo.

import { html, useEffect, useState } from "./vendor/preact.js";
import { get, post, remove } from "./api.js";

const EMPTY = { name: "", aliases: "", exemplars: "", policy: "decline", correction: "" };
const lines = (text) => text.split("\n").map((line) => line.trim()).filter(Boolean);
const body = (form) => ({
  name: form.name, aliases: lines(form.aliases), exemplars: lines(form.exemplars), policy: form.policy,
  correction: form.correction || null,
});

export function Forget({ guarded }) {
  const [targets, setTargets] = useState([]);
  const [form, setForm] = useState(EMPTY);
  const [tried, setTried] = useState(null);
  const [undo, setUndo] = useState(null);
  const load = guarded(async () => setTargets(await get("/admin/targets")));
  useEffect(() => { load(); }, []);
  const change = (field) => (event) => { setForm({ ...form, [field]: event.target.value }); setTried(null); };
  const tryIt = guarded(async () => setTried(await post("/admin/targets/try", body(form))));
  const add = guarded(async (event) => {
    event.preventDefault();
    const target = await post("/admin/targets", body(form));
    setForm(EMPTY); setTried(null);
    setUndo({ said: `${target.name} is withheld from the next message on.`, back: () => remove(`/admin/targets/${target.id}`) });
    load();
  });
  const take = (target) => guarded(async () => {
    const taken = await remove(`/admin/targets/${target.id}`);
    setUndo({ said: `${target.name} is answered again.`, back: () => post("/admin/targets", taken) });
    load();
  });
  const back = guarded(async () => { await undo.back(); setUndo(null); load(); });
  return html`<div class="panel">
    <h2>What is withheld</h2>
    ${undo && html`<p class="notice" role="status"><span>${undo.said}</span><button onClick=${back}>Undo</button></p>`}
    <form class="stack" onSubmit=${add}>
      <label class="field">Name<input required value=${form.name} onInput=${change("name")} placeholder="a person, a work, a fact" /></label>
      <details><summary>More about it</summary><div class="stack">
        <label class="field">Other names, one a line<textarea rows="2" value=${form.aliases} onInput=${change("aliases")}></textarea></label>
        <label class="field">Questions or passages about it, one a line<textarea rows="3" value=${form.exemplars} onInput=${change("exemplars")}></textarea></label>
        <label class="field">A question about it gets<select value=${form.policy} onChange=${change("policy")}>
          <option value="decline">an honest sentence that something is withheld</option>
          <option value="steer">a fluent answer without it</option>
          <option value="correct">the answer below</option>
          <option value="observe">the usual answer; it is only noted</option></select></label>
        ${form.policy === "correct" && html`<label class="field">Answer<input value=${form.correction} onInput=${change("correction")} /></label>`}
      </div></details>
      <div class="row"><button type="button" class="grow" disabled=${!form.name.trim()} onClick=${tryIt}>See what it would block</button>
        <button class="main" disabled=${!form.name.trim()}>Withhold</button></div>
    </form>
    ${tried && html`<${Tried} tried=${tried} />`}
    <ul class="stack" aria-label="Targets in force">${targets.map((t) => html`<li class="card" key=${t.id}>
      <div class="row"><b class="grow">${t.name}</b><button aria-label=${`Answer about ${t.name} again`} onClick=${take(t)}>Remove</button></div>
      <span class="soft">${t.policy}${t.aliases.length ? `, also ${t.aliases.join(", ")}` : ""}${t.exemplars.length ? `, ${t.exemplars.length} exemplars` : ""}</span></li>`)}
      ${!targets.length && html`<li class="soft">Nothing is withheld.</li>`}</ul>
  </div>`;
}

function Tried({ tried }) {
  return html`<section class="card" role="status"><h3>${tried.touched.length} of ${tried.tried} everyday prompts would be touched</h3>
    <ul>${tried.touched.map((row) => html`<li key=${row.prompt}>${row.prompt} <span class="soft">${row.level}: ${row.reasons.join("; ")}</span></li>`)}</ul>
    ${tried.phrases.length > 0 && html`<p class="soft">Its texts propose: ${tried.phrases.slice(0, 12).map((p) => p.text).join(", ")}</p>`}
  </section>`;
}
