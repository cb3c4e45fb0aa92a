// One turn of the chat, and beside a reply what was withheld, what was recalled, what it cost.

import { html } from "./vendor/preact.js";
import { marked } from "./vendor/marked.js";

const PLAIN = { ALLOWED_TAGS: "p br b strong i em code pre ul ol li blockquote".split(" "), ALLOWED_ATTR: [] };
const escaped = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;");
marked.use({ renderer: { html: ({ text }) => escaped(text) } }); // a reply's HTML is shown as letters
const formatted = (text) => ({ __html: DOMPurify.sanitize(marked.parse(text), PLAIN) });
export const when = (time) => new Date(time).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });

export function Turn({ turn }) {
  if (turn.role === "user") {
    return html`<article class="turn user"><h3 class="sr">You</h3><div class="said">${turn.text}</div></article>`;
  }
  return html`<article class="turn reply" aria-busy=${turn.busy ? "true" : "false"}>
    <h3 class="sr">Reply</h3>
    <div class=${turn.busy ? "said caret" : "said"} dangerouslySetInnerHTML=${formatted(turn.text)}></div>
    ${turn.error && html`<p class="notice bad" role="alert">${turn.error}</p>`}
    ${turn.about && html`<${Notes} about=${turn.about} />`}
  </article>`;
}

function Notes({ about }) {
  const { withheld, recalled = [], details } = about;
  return html`<div class="notes">
    ${withheld && html`<${Held} details=${details} />`}
    ${recalled.length > 0 && html`<details class="recalled">
      <summary>${recalled.length} recalled</summary>
      <ul>${recalled.map((r) => html`<li key=${r.turn_id}>“${r.text}”<br />
        <span class="soft">${r.speaker}, ${when(r.time)}, in ${r.conversation}${r.outdated ? ", changed later" : ""}</span></li>`)}</ul>
    </details>`}
    ${details?.budget > 0 && html`<${Budget} details=${details} />`}
  </div>`;
}

function Held({ details }) {
  return html`<details class="held">
    <summary>Something was withheld</summary>
    <div>${!details
      ? "Which target it was, and why, is for the administrator."
      : html`<span>Policy: <b>${details.policy ?? "a sentence was held back"}</b></span>
        ${details.scores.map((s) => html`<span key=${s.target}><b>${s.target}</b> (${s.level}, ${s.score.toFixed(2)}): ${s.reasons.join("; ")}</span>`)}`}
    </div>
  </details>`;
}

function Budget({ details }) {
  const parts = Object.entries(details.parts).filter(([, tokens]) => tokens > 0);
  const used = parts.reduce((sum, [, tokens]) => sum + tokens, 0);
  return html`<details class="budget">
    <summary>${used} of ${details.budget} prompt tokens</summary>
    <div>
      <div class="bar" aria-hidden="true">${parts.map(([name, tokens]) =>
        html`<span key=${name} style=${{ width: `${(100 * tokens) / details.budget}%` }}></span>`)}</div>
      <ul class="key">${parts.map(([name, tokens]) => html`<li key=${name}><i></i>${name} ${tokens}</li>`)}</ul>
      ${details.left_out.length > 0 && html`<span class="soft">did not fit: ${details.left_out.join(", ")}</span>`}
    </div>
  </details>`;
}
