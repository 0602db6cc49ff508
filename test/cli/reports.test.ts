// `--report` on the command line, and the page of topics in a real browser.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { FORMATS } from '../../src/core/report/formats.js';
import { browserTest } from '../support/chromium.js';
import { Workspace } from '../support/cli.js';
import { bcfZip } from '../support/fixtures.js';
import { HOSTILE, modelOf, reported, reportOf } from '../unit/report/sample.js';

async function withResult(): Promise<Workspace> {
  const workspace = await Workspace.create();
  await writeFile(
    join(workspace.folder, 'a.bcf'),
    await bcfZip({ version: '2.1', topics: [{ title: 'Two GlobalIds', type: 'Error', status: 'Open' }] }),
  );
  return workspace;
}

const KINDS = ['junit', 'sarif', 'markdown', 'gitlab', 'html'];

test('bcf writes several reports at once, in folders that it makes', async () => {
  await using workspace = await withResult();
  const flags = KINDS.flatMap((kind) => ['--report', `${kind}=out/${kind}.txt`]);
  const { code, stderr } = await workspace.run(['bcf', 'a.bcf', ...flags]);
  expect(code, stderr).toBe(0);
  expect((await readdir(join(workspace.folder, 'out'))).sort()).toEqual(
    KINDS.map((kind) => `${kind}.txt`).sort(),
  );
  const text = (kind: string) => readFile(join(workspace.folder, 'out', `${kind}.txt`), 'utf8');
  expect(await text('junit')).toContain('classname="a.bcf"');
  expect(JSON.parse(await text('sarif')).runs[0].results).toHaveLength(1);
  expect(JSON.parse(await text('gitlab'))).toHaveLength(1);
  expect(await text('markdown')).toMatch(/^## 1 open topic\n/);
  expect(await text('html')).toMatch(/^<!doctype html>/);
});

test('a result that cannot be read is in the report, and the exit code is its own', async () => {
  await using workspace = await withResult();
  const { code } = await workspace.run(['bcf', 'a.bcf', 'none.bcf', '--report', 'junit=topics.xml']);
  expect(code).toBe(7);
  const xml = await readFile(join(workspace.folder, 'topics.xml'), 'utf8');
  expect(xml).toMatch(/<testsuite name="none\.bcf" tests="1" failures="0" errors="1"/);
});

test('no report names a folder of the machine', async () => {
  await using workspace = await withResult();
  await writeFile(join(workspace.folder, 'b.bcf'), 'no archive');
  const flags = KINDS.flatMap((kind) => ['--report', `${kind}=${kind}`]);
  const earlier = join(workspace.folder, 'none.bcf');
  const { code, stderr } = await workspace.run([
    'bcf',
    'a.bcf',
    join(workspace.folder, 'b.bcf'),
    earlier,
    ...flags,
  ]);
  expect(code).not.toBe(0);
  expect(stderr).toContain(workspace.folder);
  for (const kind of KINDS) {
    const text = await readFile(join(workspace.folder, kind), 'utf8');
    expect(text, kind).toContain('b.bcf');
    expect(text, kind).not.toContain(workspace.folder);
  }
});

test('on GitHub: annotations on stderr, and the summary behind what others wrote', async () => {
  await using workspace = await withResult();
  const summary = join(workspace.folder, 'summary.md');
  await writeFile(summary, '# Before\n');
  const env = { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: summary };
  const { code, stdout, stderr } = await workspace.run(['bcf', 'a.bcf', '--report', 'github'], { env });
  expect(code).toBe(0);
  expect(stderr).toMatch(/^::(?:error|warning|notice) file=a\.bcf,title=/m);
  expect(stdout).not.toContain('::');
  expect(await readFile(summary, 'utf8')).toMatch(/^# Before\n## 1 open topic\n/);
  const elsewhere = await workspace.run(['bcf', 'a.bcf', '--report', 'github']);
  expect(elsewhere).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('does nothing outside of GitHub Actions'),
  });
});

test.each([
  ['juni=x', 'Did you mean junit?'],
  ['junit', '--report junit=FILE'],
  ['junit=', '--report junit=FILE'],
  ['github=x', '--report github'],
])('--report %s is a mistake that names the right form', async (value, hint) => {
  await using workspace = await withResult();
  const { code, stderr } = await workspace.run(['bcf', 'a.bcf', '--report', value]);
  expect(code).toBe(2);
  expect(stderr).toContain(hint);
});

test('two reports in one file, and a file that cannot be written', async () => {
  await using workspace = await withResult();
  const twice = await workspace.run(['bcf', 'a.bcf', '--report', 'junit=x', '--report', 'sarif=x']);
  expect(twice.code).toBe(2);
  const { code, stderr } = await workspace.run([
    ...['bcf', 'a.bcf', '--report', 'junit=a.bcf/x.xml', '--report', 'sarif=s.json'],
  ]);
  expect(code).toBe(7);
  expect(stderr).toContain('a.bcf/x.xml');
  // The other one is there.
  expect(await readFile(join(workspace.folder, 's.json'), 'utf8')).toContain('"version": "2.1.0"');
});

browserTest('the page: filters, copying, hostile text, narrow, and without scripts', async (browser) => {
  await using workspace = await Workspace.create();
  const topics = [
    ...Array.from({ length: 30 }, (_, at) =>
      reported({ title: `Wall ${at}`, status: at % 2 === 0 ? 'Open' : 'In Progress' }, { level: 'warning' }),
    ),
    reported({
      title: HOSTILE,
      type: HOSTILE,
      description: HOSTILE,
      author: HOSTILE,
      comments: [
        {
          guid: null,
          text: HOSTILE,
          author: HOSTILE,
          date: null,
          modifiedAt: null,
          modifiedBy: null,
          viewpoint: null,
          verbalStatus: null,
          status: null,
        },
      ],
    }),
  ];
  const path = join(workspace.folder, 'page.html');
  await writeFile(path, FORMATS.html?.(reportOf(modelOf({ path: HOSTILE, topics }))) ?? '');
  const address = pathToFileURL(path).href;
  const page = await browser.newPage({ viewport: { width: 320, height: 800 } });
  const faults: string[] = [];
  page.on('console', (message) => faults.push(message.text()));
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('request', (request) => {
    if (request.url() !== address) faults.push(request.url());
  });
  await page.goto(address);
  expect(await page.title()).toBe('31 open topics in 1 model');
  expect(await page.locator('.topic:visible').count()).toBe(31);
  // Nothing makes the page wider than the screen.
  expect(await page.evaluate('document.documentElement.scrollWidth - window.innerWidth')).toBeLessThanOrEqual(
    0,
  );
  await page.fill('input[type=search]', 'wall 17');
  expect(await page.textContent('#shown')).toBe('1 of 31 topics');
  await page.selectOption('select[name=status]', 'In Progress');
  expect(await page.textContent('#shown')).toBe('1 of 31 topics');
  expect(await page.locator('button.id').count()).toBe(31);
  expect(faults).toEqual([]);

  const plain = await browser.newContext({ javaScriptEnabled: false });
  const still = await plain.newPage();
  await still.goto(address);
  expect(await still.locator('.topic:visible').count()).toBe(31);
  expect(await still.locator('#filters').isVisible()).toBe(false);
  expect(await still.locator('code.id').first().textContent()).toBe('2O2Fr$t4X7Zf8NOew3FLOH');
});
