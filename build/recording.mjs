// npm run recording: runs the built `bimservice demo` on a terminal and writes docs/demo.svg, an animation of what it printed.
// Needs `script` of util-linux. test/cli/recording.test.ts compares the text with a run of today.
import { spawn } from 'node:child_process';
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const COMMAND = 'npx bimservice demo';

/** The least time between two lines and before a new paragraph, in ms. The run itself takes less than a second: too fast to read. */
const PACE = { line: 200, paragraph: 1000 };

/** Pixels of the drawing. */
const CELL = { width: 8.45, height: 20 };
const EDGE = { x: 16, top: 44, bottom: 16 };

const lines = await record();
const svg = drawing(lines);
await writeFile(join(ROOT, 'docs', 'demo.svg'), svg);
console.log(`docs/demo.svg: ${lines.length} lines, ${svg.length} bytes`);

/** Runs the demo in an empty home. Returns each line with its time in ms since the start. */
async function record() {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'bimservice-recording-')));
  try {
    const program = join(ROOT, 'bin', 'bimservice.js');
    const line = `stty cols 200; exec '${process.execPath}' '${program}' demo`;
    const { PATH = '' } = process.env;
    const env = { PATH, HOME: folder, XDG_CONFIG_HOME: folder, TERM: 'xterm-256color', SHELL: '/bin/sh' };
    const child = spawn('script', ['-qec', line, '/dev/null'], { cwd: folder, env, stdio: 'pipe' });
    const start = performance.now();
    const shown = [];
    let rest = '';
    child.stdin.end();
    child.stdout.setEncoding('utf8').on('data', (text) => {
      const parts = (rest + text).replaceAll('\r\n', '\n').split('\n');
      rest = parts.pop();
      const time = performance.now() - start;
      for (const part of parts) shown.push({ time, text: part.replaceAll(folder, '/home/you') });
    });
    const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
    const text = shown.map((each) => each.text).join('\n');
    if (code !== 0 || rest !== '') throw new Error(`the demo ended with ${code}:\n${text}${rest}`);
    if (/\p{Cc}/u.test(text.replaceAll('\n', '')))
      throw new Error('the demo printed control characters, which the drawing does not know');
    return shown;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The recording as SVG: it plays once and then shows everything, at once for a reader who asked for less motion. */
function drawing(recorded) {
  let at = 1800;
  let last = recorded[0]?.time ?? 0;
  const rows = recorded.flatMap(({ time, text }, index) => {
    const isNew = index > 0 && recorded[index - 1].text === '';
    at += Math.max(time - last, isNew ? PACE.paragraph : PACE.line);
    last = time;
    return text === '' ? [] : [textAt(index + 1, text, at)];
  });
  const columns = Math.max(...recorded.map(({ text }) => text.length));
  const width = Math.ceil(2 * EDGE.x + columns * CELL.width);
  const height = EDGE.top + (recorded.length + 1) * CELL.height + EDGE.bottom;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>${COMMAND}: a recording of a real run, slower than it was</title>
<style>
text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;white-space:pre;fill:#c9d1d9;animation:show 1ms both}
.command{fill:#7ee787}
.typed{animation:type 1200ms steps(${COMMAND.length}) 300ms both}
@keyframes show{from{opacity:0}}
@keyframes type{from{clip-path:inset(0 100% 0 0)}to{clip-path:inset(0 0 0 0)}}
@media(prefers-reduced-motion:reduce){text,.typed{animation:none}}
</style>
<rect width="${width}" height="${height}" rx="8" fill="#0d1117"/>
<g fill="#484f58"><circle cx="20" cy="18" r="6"/><circle cx="40" cy="18" r="6"/><circle cx="60" cy="18" r="6"/></g>
<text x="${EDGE.x}" y="${EDGE.top + CELL.height * 0.7}">$</text>
<text x="${EDGE.x + 2 * CELL.width}" y="${EDGE.top + CELL.height * 0.7}" class="command typed">${COMMAND}</text>
${rows.join('\n')}
</svg>
`;
}

/** The text of one row, which appears `at` ms after the start. */
function textAt(row, text, at) {
  const y = EDGE.top + (row + 0.7) * CELL.height;
  const kind = /^\s+\$ /.test(text) ? ' class="command"' : '';
  const escaped = text.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`);
  return `<text x="${EDGE.x}" y="${y}"${kind} style="animation-delay:${Math.round(at)}ms">${escaped}</text>`;
}
