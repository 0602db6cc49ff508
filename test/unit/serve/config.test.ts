// A file of services: what is read from it, and mistakes with their line.
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../src/serve/config/read-config.js';
import { parseSize } from '../../../src/serve/config/sizes.js';
import { fillIn, splitCommand } from '../../../src/serve/runs/command-line.js';

const GOOD = { name: 'IDS Check', command: ['check', '{input}'], outputs: ['BCF_ZIP_2_1'] };

describe('a file of services', () => {
  it('as a bare list, with comments and a comma too many, gets an id, a limit of time and a name for its result', () => {
    const text = `// ours\n[${JSON.stringify(GOOD)},]`;
    expect(readConfig(text)).toEqual([
      expect.objectContaining({
        id: 'ids-check',
        timeoutMs: 3_600_000,
        concurrency: 1,
        maxBytes: null,
        result: { type: 'BCF_ZIP_2_1', contentType: 'application/zip', fileName: 'ids-check.bcf' },
      }),
    ]);
  });

  it('with everything said', () => {
    const more = {
      timeout: '90s',
      maxBytes: '500 MB',
      memory: '2 GiB',
      cpu: '1m',
      concurrency: 3,
      env: ['A'],
    };
    const result = { type: 'VALIDATION_JSON_1_0', contentType: 'application/json', fileName: 'report.json' };
    const [service] = [
      readConfig(JSON.stringify({ services: [{ ...GOOD, id: 'x', ...more, result }] })),
    ].flat();
    expect(service).toMatchObject({
      id: 'x',
      timeoutMs: 90_000,
      maxBytes: 500_000_000,
      memoryBytes: 2 * 1024 ** 3,
      cpuSeconds: 60,
      concurrency: 3,
      env: ['A'],
      result,
    });
  });

  const lines = (...members: string[]) =>
    `[\n  {\n${members.map((member) => `    ${member}`).join(',\n')}\n  }\n]`;
  const [NAME, COMMAND, OUTPUTS] = ['"name": "A"', '"command": ["a"]', '"outputs": ["X"]'];
  it.each<[string, string, number, RegExp]>([
    ['no JSON', '{\n "services": [}\n', 2, /not JSON/],
    ['nothing', '', 1, /value expected/],
    ['no command', lines(NAME, OUTPUTS), 2, /required property 'command'/],
    ['a command that is a text', lines(NAME, '"command": "a b"', OUTPUTS), 4, /"command" must be array/],
    ['an empty command', lines(NAME, '"command": []', OUTPUTS), 4, /"command"/],
    [
      'a misspelled member',
      lines(NAME, COMMAND, OUTPUTS, '"timeuot": "1m"'),
      6,
      /"timeuot" is not known here/,
    ],
    [
      'an unknown placeholder',
      lines(NAME, '"command": ["a", "{file}"]', OUTPUTS),
      4,
      /\{file\} is no placeholder/,
    ],
    ['a wrong time', lines(NAME, COMMAND, OUTPUTS, '"timeout": "1 year"'), 6, /"timeout" takes a duration/],
    ['a wrong size', lines(NAME, COMMAND, OUTPUTS, '"maxBytes": "much"'), 6, /"maxBytes"/],
    ['a wrong number', lines(NAME, COMMAND, OUTPUTS, '"concurrency": 0'), 6, /"concurrency" must be >= 1/],
    [
      'one id twice',
      `[\n${JSON.stringify(GOOD)},\n${JSON.stringify(GOOD)}]`,
      3,
      /two services have the id ids-check/,
    ],
    [
      'a file name with a folder',
      lines(NAME, COMMAND, OUTPUTS, '"result": {"fileName": "../x"}'),
      6,
      /fileName/,
    ],
  ])('%s is a message at the line', (_title, text, line, words) => {
    const mistake = readConfig(text);
    expect(mistake).toMatchObject({ line, words: expect.stringMatching(words) });
  });
});

describe('a command line', () => {
  it('is split as a shell would, and nothing in it is run or expanded', () => {
    expect(splitCommand(`a 'b c' "d \\"e" f\\ g $HOME $(x) ; > y`)).toEqual([
      'a',
      'b c',
      'd "e',
      'f g',
      '$HOME',
      '$(x)',
      ';',
      '>',
      'y',
    ]);
    expect(() => splitCommand("a 'b")).toThrow();
  });

  it('B158: a value is one word, whatever is in it, and is not looked at for placeholders', () => {
    const places = { input: '/x/{output}; rm', output: '/y z', inputType: '$(x)', workdir: '/w' };
    expect(fillIn(['a', '{input}', '--o={output}', '{inputType}{workdir}', '{other}'], places)).toEqual([
      'a',
      '/x/{output}; rm',
      '--o=/y z',
      '$(x)/w',
      '{other}',
    ]);
  });
});

it.each([
  ['500 MB', 500e6],
  ['1KiB', 1024],
  ['7B', 7],
  ['12', 12],
  ['1.5 GB', 1.5e9],
  ['0 B', undefined],
  ['-1 MB', undefined],
  ['MB', undefined],
  ['9999999999999 TB', undefined],
])('the size %s', (text, bytes) => {
  expect(parseSize(text)).toBe(bytes);
});
