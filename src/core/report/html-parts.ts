// Style and script of the page of topics. The page works without the script; it adds filters and copying.

export const STYLE = `
:root { color-scheme: light dark; --ground: #f4f5f2; --sheet: #fff; --ink: #1c2321; --soft: #55605c;
  --line: #d5dad6; --act: #0b6b57; --error: #a4262c; --warning: #8a5a00; --note: #2a5d8f; }
@media (prefers-color-scheme: dark) { :root { --ground: #121615; --sheet: #1b211f; --ink: #e8edea; --soft: #a3afaa;
  --line: #37413d; --act: #5fcfb2; --error: #ff9a90; --warning: #f0bf5c; --note: #8fc1f2; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 70rem; background: var(--ground); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { margin: .5rem 0 0; font-size: 1.5rem; line-height: 1.3; }
h2 { margin: 2rem 0 .75rem; font-size: 1.2rem; }
h3 { margin: 0 0 .5rem; font-size: 1rem; }
a { color: var(--act); }
p { margin: .25rem 0 .75rem; }
.soft { color: var(--soft); font-size: .875rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; min-width: 100%; background: var(--sheet); overflow-wrap: normal; }
th, td { padding: .4rem .75rem; border: 1px solid var(--line); text-align: right; }
th { text-align: left; }
td:last-child { text-align: left; }
.bad { color: var(--error); }
form { display: flex; flex-wrap: wrap; gap: .75rem; align-items: end; margin: 1rem 0 0; }
form[hidden] { display: none; }
label { display: grid; min-width: 0; max-width: 100%; color: var(--soft); font-size: .875rem; }
input, select { min-height: 2.25rem; padding: .25rem .5rem; border: 1px solid var(--line); border-radius: .4rem;
  background: var(--sheet); color: inherit; font: inherit; width: 100%; max-width: 18rem; }
output { padding: .4rem 0; color: var(--soft); }
.topic { margin: 0 0 .75rem; padding: .75rem 1rem; background: var(--sheet); border: 1px solid var(--line);
  border-left: 5px solid var(--line); border-radius: .5rem; content-visibility: auto; contain-intrinsic-size: auto 9rem; }
.topic[hidden] { display: none; }
.topic.error { border-left-color: var(--error); }
.topic.warning { border-left-color: var(--warning); }
.topic.note { border-left-color: var(--note); }
.topic.closed h3 { color: var(--soft); }
.mark { padding: 0 .45rem; border: 1px solid currentColor; border-radius: 1rem; color: var(--soft); font-size: .75rem;
  font-weight: 400; white-space: nowrap; }
.error > h3 > .mark:first-of-type { color: var(--error); }
.warning > h3 > .mark:first-of-type { color: var(--warning); }
img { display: block; max-width: 100%; max-height: 20rem; margin: .5rem 0; border: 1px solid var(--line); }
dl { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; margin: 0; font-size: .9rem; }
dl .wide { flex-basis: 100%; }
dt { color: var(--soft); font-size: .8rem; }
dd { margin: 0; }
code { font: .9em/1.4 ui-monospace, monospace; }
button.id { padding: 0 .3rem; border: 1px solid var(--line); border-radius: .3rem; background: transparent; color: inherit;
  font: .85rem/1.5 ui-monospace, monospace; cursor: pointer; user-select: text; }
:focus-visible { outline: 3px solid var(--act); outline-offset: 2px; }
details { margin: .5rem 0 0; }
@media print { :root { --ground: #fff; --sheet: #fff; --ink: #000; --soft: #333; --line: #999; }
  body { max-width: none; padding: 0; font-size: 10pt; } form { display: none; }
  .topic { break-inside: avoid; content-visibility: visible; } button.id { border: 0; padding: 0; } }
`;

export const SCRIPT = `
const form = document.getElementById('filters');
const topics = [...document.querySelectorAll('.topic')];
if (form) {
  const texts = topics.map((topic) => topic.textContent.toLowerCase());
  const names = ['level', 'status', 'type', 'priority', 'change'].filter((name) => form.elements[name]);
  const show = () => {
    const words = form.elements.search.value.toLowerCase().split(/\\s+/).filter(Boolean);
    let count = 0;
    topics.forEach((topic, at) => {
      const fits = names.every((name) => !form.elements[name].value || topic.dataset[name] === form.elements[name].value)
        && words.every((word) => texts[at].includes(word));
      topic.hidden = !fits;
      if (fits) count += 1;
    });
    document.getElementById('shown').textContent = count + ' of ' + topics.length + ' topics';
  };
  form.hidden = false;
  form.addEventListener('input', show);
  form.addEventListener('submit', (event) => event.preventDefault());
  show();
}
document.querySelectorAll('code.id').forEach((id) => {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'id';
  button.title = 'Copy';
  button.textContent = id.textContent;
  button.addEventListener('click', async () => {
    try { await navigator.clipboard.writeText(id.textContent); } catch {
      const range = document.createRange();
      range.selectNodeContents(button);
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      document.execCommand('copy');
    }
    button.title = 'Copied';
  });
  id.replaceWith(button);
});
`;
