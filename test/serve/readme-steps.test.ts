// The five steps of the README, typed as they are written there, against `bimservice serve`.

import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SAMPLE_MODEL } from '../../src/serve/checks/sample-model.js';
import { answerConsentPage } from '../../src/serve/oauth/consent-answer.js';
import { cleanEnvironment, PROGRAM, Workspace } from '../support/cli.js';
import * as client from '../unit/serve/support.js';

const readme = await readFile(fileURLToPath(new URL('../../README.md', import.meta.url)), 'utf8');
const section = readme.split('## The five steps\n')[1]?.split(/^## /m)[0] ?? '';
const lines = [...section.matchAll(/^\$ (.*)$/gm)].map(([, line = '']) => line);
const [serveLine = '', ...stepLines] = lines;

describe("the README's five steps", () => {
  let workspace: Workspace;
  let server: ChildProcess;
  let port = 0;
  let env: Record<string, string>;
  beforeAll(async () => {
    workspace = await Workspace.create();
    const programs = join(workspace.folder, 'bin');
    await mkdir(programs);
    await writeFile(
      join(programs, 'bimservice'),
      `#!/bin/sh\nexec '${process.execPath}' '${PROGRAM}' "$@"\n`,
    );
    await chmod(join(programs, 'bimservice'), 0o755);
    await writeFile(join(workspace.folder, 'model.ifc'), SAMPLE_MODEL);
    env = {
      ...cleanEnvironment(),
      PATH: `${programs}:${process.env.PATH}`,
      BIMSERVICE_CONFIG_DIR: workspace.configDir,
    };
    // The port of the README may be in use on this machine: everything else is as it is written.
    server = spawn('bash', ['-c', `exec ${serveLine} --port 0`], { cwd: workspace.folder, env });
    const said = await new Promise<string>((resolve, reject) => {
      let text = '';
      server.stderr?.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        if (/invoke \S+ model\.ifc/.test(text)) resolve(text);
      });
      server.once('close', () => reject(new Error(`serve ended: ${text}`)));
    });
    port = Number(/http:\/\/127\.0\.0\.1:(\d+)/.exec(said)?.[1]);
    for (const line of said.matchAll(/^ {2}(bimservice (?:repository add|list|status).*)$/gm))
      expect(stepLines.some((step) => step.startsWith(line[1]?.replace(String(port), '8765') ?? '?'))).toBe(
        true,
      );
  });
  afterAll(async () => {
    if (server !== undefined && server.exitCode === null) {
      const ended = new Promise((resolve) => server.once('close', resolve));
      server.kill('SIGTERM');
      await ended;
    }
    await workspace?.[Symbol.asyncDispose]();
  });

  /** Types a line. A person gives the consent when an address is printed that asks for it. */
  function type(line: string): Promise<{ code: number | null; text: string }> {
    return new Promise((resolve) => {
      const child = spawn('bash', ['-c', line.replaceAll('8765', String(port))], {
        cwd: workspace.folder,
        env,
      });
      child.stdin.end();
      let text = '';
      let consented = false;
      const read = (chunk: Buffer) => {
        text += chunk.toString();
        const address = /http:\/\/127\.0\.0\.1:\d+\/oauth\/authorize\?\S+(?=\s)/.exec(text)?.[0];
        if (address === undefined || consented) return;
        consented = true;
        void consent(address);
      };
      child.stdout.on('data', read);
      child.stderr.on('data', read);
      child.once('close', (code) => resolve({ code, text }));
    });
  }

  async function consent(address: string): Promise<void> {
    const shown = await client.ask(address);
    const setCookie = shown.headers['set-cookie']?.[0];
    const click = answerConsentPage({ url: address, html: shown.text, setCookie }, 'allow');
    const done = await client.ask(click?.url ?? '', click);
    await client.ask(done.headers.location ?? '');
  }

  it('begins with serve and has every step', () => {
    expect(serveLine).toBe('bimservice serve');
    for (const word of ['repository add', 'list', 'authorize', 'status', 'token', 'invoke', '--dry-run'])
      expect(
        stepLines.some((line) => line.includes(word)),
        word,
      ).toBe(true);
  });

  it('each line ends well and prints what the README shows', async () => {
    for (const line of stepLines) {
      const { code, text } = await type(line);
      expect(code, `${line}\n${text}`).toBe(0);
      // Words of the block below the line: addresses, numbers and names of folders differ.
      const shown = section.split(`$ ${line}\n`)[1]?.split(/^(?:```|\$ )/m)[0] ?? '';
      for (const word of shown.match(
        /\b(?:duplicate-globalids|Duplicate GlobalIds|BCF_ZIP_2_1|authorized|Input-Type|duplicate-guids\.bcf)\b/g,
      ) ?? [])
        expect(text, line).toContain(word);
    }
  });
});
