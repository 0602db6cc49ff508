// A new password that a person types at a terminal.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { cleanEnvironment, PROGRAM } from '../support/cli.js';
import { NO_TERMINAL, onTerminal } from '../support/pseudo-terminal.js';
import { serveFolder } from './server.js';

test.skipIf(NO_TERMINAL !== null).each([
  ['it is the same', 'correct horse battery', 0, 'Added anna.'],
  ['it differs', 'correct horse batterz', 2, 'the two passwords differ: nothing was added'],
])('is typed a second time, where %s', async (_when, second, code, words) => {
  await using folder = await serveFolder();
  const [program, ...argv] = onTerminal(
    `'${process.execPath}' '${PROGRAM}' serve user add anna --data '${folder.data}'`,
  );
  const child = spawn(program, argv, { cwd: folder.path, env: cleanEnvironment(), stdio: 'pipe' });
  // A key before its question is lost.
  const answers = [
    { question: 'The password for anna:', answer: 'correct horse battery' },
    { question: 'a second time:', answer: second },
  ];
  let shown = '';
  child.stdout.on('data', (chunk: Buffer) => {
    shown += chunk.toString();
    const [next] = answers;
    if (next === undefined || !shown.includes(next.question)) return;
    answers.shift();
    child.stdin.write(`${next.answer}\r`);
  });
  const [exitCode] = await once(child, 'close');
  expect(shown).toContain(words);
  expect(shown).not.toContain(second);
  expect(exitCode).toBe(code);
});
