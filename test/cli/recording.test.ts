// docs/demo.svg (npm run recording) shows what the demo prints today, and nothing of the machine where it was recorded.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Workspace } from '../support/cli.js';

const svg = readFileSync(new URL('../../docs/demo.svg', import.meta.url), 'utf8');

/** Without what differs from run to run: port, client and folder. Lines without text are no rows of the drawing. */
const comparable = (text: string, folder: string) =>
  text
    .replaceAll(folder, '/home/you')
    .replace(/127\.0\.0\.1:\d+/g, '127.0.0.1:PORT')
    .replace(/(?<=registered as client )\S+/, 'CLIENT')
    .split('\n')
    .filter((line) => line !== '');

test('the recording has the lines of a run; after a change: npm run recording', async () => {
  await using workspace = await Workspace.create();
  const { stderr } = await workspace.run(['demo', '--no-browser']);
  const [prompt, command, ...rows] = [...svg.matchAll(/<text [^>]*>([^<]*)<\/text>/g)].map(([, text = '']) =>
    text.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code))),
  );
  expect([prompt, command]).toEqual(['$', 'npx bimservice demo']);
  expect(comparable(rows.join('\n'), '/home/you')).toEqual(comparable(stderr, workspace.folder));
});

test('it is small, loads nothing, and stands still for a reader who asked for less motion', () => {
  expect(svg.length).toBeLessThan(60_000);
  expect(svg.match(/\w+:\/\/[^\s"<)]+/g)).toEqual([
    'http://www.w3.org/2000/svg',
    expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
  ]);
  expect(svg).not.toMatch(/href|@import|url\(/);
  const paths = [...svg.matchAll(/(?<=>[^<]*\s)\/[^<\s]+(?=[^<]*<)/g)].map(([path]) => path);
  expect(paths).toEqual(['/home/you/bimservice-demo/duplicate-guids.bcf']);
  expect(svg).toContain('@media(prefers-reduced-motion:reduce){text,.typed{animation:none}}');
});
