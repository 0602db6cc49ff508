// The manual pages say what `--help` says.
import { expect, test } from 'vitest';
import { manPages } from '../../src/cli/man-pages.js';
import { commandTree } from '../support/reference.js';

const pages = new Map(manPages(commandTree(), { version: '1.2.3', date: '2026-11-27' }));
const plain = (text = '') => text.replaceAll('\\-', '-').replaceAll('\\e', '\\');

test('a page for the program and each command, with its options, examples and exit codes', () => {
  expect([...pages.keys()]).toEqual(
    expect.arrayContaining(['bimservice.1', 'bimservice-invoke.1', 'bimservice-repository-add.1']),
  );
  const invoke = plain(pages.get('bimservice-invoke.1'));
  expect(invoke).toMatch(/^\.TH "BIMSERVICE-INVOKE" 1 "2026-11-27" "bimservice 1\.2\.3"$/m);
  expect(invoke).toContain('.B "-o, --output <target>"');
  expect(invoke).toContain('\nbimservice invoke clash-check model.ifc\n');
  expect(invoke).toMatch(/^0 done {3}2 usage .*\n7 local {3}8 result /m);
  const whole = plain(pages.get('bimservice.1'));
  expect(whole).toContain('.B "BIMSERVICE_TOKEN"');
  expect(whole).toContain('.B "130 interrupted"');
  expect(whole).toContain('.B "bimservice repository"');
  expect([...pages.keys()].filter((name) => name.includes('__'))).toEqual([]);
});

test('a line that begins with a dot is a request of man(7), and nothing else is one', () => {
  const requests = [...pages.values()].flatMap((text) => text.match(/^[.'].*$/gm) ?? []);
  expect(requests.length).toBeGreaterThan(100);
  expect(requests.filter((line) => !/^\.(?:TH|SH|TP|B|nf|fi)\b/.test(line))).toEqual([]);
});
