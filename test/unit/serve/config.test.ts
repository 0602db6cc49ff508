// A file of services: what is read from it, and mistakes with their line.
import { describe, expect, it } from 'vitest';
import { parseSize } from '../../../src/protocol/text/size.js';
import { readConfig } from '../../../src/serve/config/read-config.js';
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

  it('with a name that hides what stands beside it, shows it on one line', () => {
    const said = { ...GOOD, name: ' IDS\u202e\n check ', description: 'Checks\u0007 it.' };
    expect(readConfig(JSON.stringify([said]))).toEqual([
      expect.objectContaining({ id: 'ids-check', name: 'IDS check', description: 'Checks it.' }),
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
    ['no command', lines(NAME, OUTPUTS), 2, /"command" is missing/],
    [
      'a command that is a text',
      lines(NAME, '"command": "a b"', OUTPUTS),
      4,
      /"command" takes a list of words/,
    ],
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
    [
      'a name of nothing that is seen',
      lines('"name": "\\u202e"', COMMAND, OUTPUTS),
      3,
      /^"name" takes a text/,
    ],
    // A type goes into a header: a result of such a type could not be sent.
    [
      'a type with a line break',
      lines(NAME, COMMAND, '"outputs": ["X\\nSet-Cookie: a=b"]'),
      5,
      /^"outputs" takes a list with one type/,
    ],
    ['a type that is not ASCII', lines(NAME, COMMAND, OUTPUTS, '"inputs": ["日本"]'), 6, /^"inputs" takes/],
    [
      'a media type with a line break',
      lines(NAME, COMMAND, OUTPUTS, '"result": {"contentType": "text/plain\\nX-A: b"}'),
      6,
      /^"result.contentType" takes a media type/,
    ],
    [
      'a file name with a line break',
      lines(NAME, COMMAND, OUTPUTS, '"result": {"fileName": "a\\nb.txt"}'),
      6,
      /^"result.fileName" takes the name of a file/,
    ],
    ['a wrong time', lines(NAME, COMMAND, OUTPUTS, '"timeout": "1 year"'), 6, /^"timeout" takes a duration/],
    ['a time of 0', lines(NAME, COMMAND, OUTPUTS, '"timeout": "0s"'), 6, /^"timeout" takes a duration/],
    ['a wrong size', lines(NAME, COMMAND, OUTPUTS, '"maxBytes": "much"'), 6, /^"maxBytes" takes a number/],
    ['a size of 0', lines(NAME, COMMAND, OUTPUTS, '"maxBytes": "0 MB"'), 6, /^"maxBytes" takes a number/],
    [
      'a size that no number holds',
      lines(NAME, COMMAND, OUTPUTS, '"disk": "9999999 TB"'),
      6,
      /^"disk" takes/,
    ],
    [
      'a memory that no command starts with',
      lines(NAME, COMMAND, OUTPUTS, '"memory": "2"'),
      6,
      /^"memory" takes at least 1 MB; a number without a unit counts bytes$/,
    ],
    ['a limit below 0', lines(NAME, COMMAND, OUTPUTS, '"memory": -1'), 6, /^"memory" takes a number/],
    ['a wrong id', lines('"id": "A b"', NAME, COMMAND, OUTPUTS), 3, /^"id" takes lower-case letters/],
    ['a blank name', lines('"name": " "', COMMAND, OUTPUTS), 3, /^"name" takes a text/],
    ['no outputs', lines(NAME, COMMAND, '"outputs": []'), 5, /^"outputs" takes a list/],
    [
      'a word that is no text',
      lines(NAME, '"command": ["a", 1]', OUTPUTS),
      4,
      /^"command" takes a list of words/,
    ],
    [
      'an input that is no list',
      lines(NAME, COMMAND, OUTPUTS, '"inputs": "IFC"'),
      6,
      /^"inputs" takes a list/,
    ],
    [
      'a variable with its value',
      lines(NAME, COMMAND, OUTPUTS, '"env": ["A=b"]'),
      6,
      /^"env" takes a list of names/,
    ],
    [
      'a result that is a text',
      lines(NAME, COMMAND, OUTPUTS, '"result": "x"'),
      6,
      /^"result" takes an object/,
    ],
    ['a service that is a text', '[\n"a"\n]', 2, /^a service is an object/],
    ['no service', '[]', 1, /^it takes a list|^"services" takes a list/],
    ['no list of services', '{\n"services": {}\n}', 2, /^"services" takes a list/],
    ['another object', '{\n"servces": []\n}', 1, /^it takes a list of services/],
    [
      'a member too many',
      `{"services": [\n${JSON.stringify(GOOD)}],\n"limit": 1}`,
      3,
      /"limit" is not known here/,
    ],
    ['another value', '\n7', 2, /^it takes a list of services/],
    [
      'a wrong number',
      lines(NAME, COMMAND, OUTPUTS, '"concurrency": 0'),
      6,
      /"concurrency" takes a whole number from 1/,
    ],
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
  ['500 M', 500e6],
  ['2gib', 2 * 1024 ** 3],
  ['2 iB', undefined],
  ['1.5 GB', 1.5e9],
  ['0 B', undefined],
  ['-1 MB', undefined],
  ['MB', undefined],
  ['9999999999999 TB', undefined],
])('the size %s', (text, bytes) => {
  expect(parseSize(text)).toBe(bytes);
});
