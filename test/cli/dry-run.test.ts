// `invoke --dry-run` shows the request that `invoke` sends, and fails when `invoke` fails.
import { describe, expect, test } from 'vitest';
import { OpenService } from '../support/open-service.js';

describe('--dry-run and the real run make the same decisions', () => {
  test('--flow async on a service without a websocket is a usage error in both', async () => {
    await using at = await OpenService.start({ status: 200, body: 'fine' });
    at.server.expectCalls([]);
    const dry = await at.invoke(['model.ifc', '--flow', 'async', '--dry-run']);
    const real = await at.invoke(['model.ifc', '--flow', 'async']);
    expect({ code: dry.code, stdout: dry.stdout }).toEqual({ code: 2, stdout: '' });
    expect({ code: real.code, stderr: real.stderr }).toEqual({ code: dry.code, stderr: dry.stderr });
    expect(real.stderr).toContain('check has no known websocket');
    at.server.assertDone();
  });

  test.each<[string, string[], object]>([
    ['no options', [], {}],
    [
      'a type, a context and a flow',
      ['--expect', 'BCF_ZIP_2_1', '--context-id', 'c-1', '--flow', 'sync'],
      {},
    ],
    ['the only type in the list', [], { outputs: ['TXT'] }],
    ['several at once', ['--jobs', '4'], {}],
    [
      'a form',
      ['--field', 'rules=strict'],
      { upload: 'multipart', modelField: 'ifc', fields: { rules: 'which' } },
    ],
  ])('%s: every sent header is the one that was shown', async (_, more, entry) => {
    await using at = await OpenService.start({ status: 200, body: 'fine' }, entry);
    const dry = await at.invoke(['model.ifc', ...more, '--dry-run', '--json']);
    expect(dry.code, dry.stderr).toBe(0);
    await at.invoke(['model.ifc', ...more]);
    const [sent] = at.server.callsTo('run');
    const fields = Object.fromEntries(
      Array.from({ length: (sent?.rawHeaders.length ?? 0) / 2 }, (_, n) => [
        sent?.rawHeaders[2 * n],
        sent?.rawHeaders[2 * n + 1]?.replace(/boundary=.*/, 'boundary=X'),
      ]),
    );
    const shown = Object.entries<string>(JSON.parse(dry.stdout).headers).map(([name, value]) => [
      name,
      value.replace(/boundary=.*/, 'boundary=X'),
    ]);
    const { Host, 'User-Agent': agent, Connection, ...others } = fields;
    expect(others).toEqual(Object.fromEntries(shown));
  });
});
