// Finds and starts a real Chromium for the tests that need one. Without it they are skipped, with a hint how to get it.

import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, test } from 'vitest';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];
const HOW_TO_GET_ONE = 'no Chromium found: apt-get install chromium, or set CHROMIUM to its path';

/** Environment variables, as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The full path of a Chromium: `CHROMIUM`, otherwise the first usual name on PATH; undefined when there is none. */
export function findChromium(env: Environment = process.env): string | undefined {
  const named = env.CHROMIUM;
  if (named !== undefined && named !== '') return isExecutable(named) ? named : undefined;
  const folders = (env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable);
}

/** Starts it without a window, and without traffic of its own to the network. */
export async function launchChromium(executablePath: string): Promise<Browser> {
  const { chromium } = await import('playwright-core');
  const asRoot = process.getuid?.() === 0;
  return chromium.launch({
    executablePath,
    headless: true,
    // On a busy machine a start has taken half a minute.
    timeout: 100_000,
    args: [
      ...(asRoot ? ['--no-sandbox'] : []),
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** What to do with a browser test: run it with this program, skip it, or fail because a browser is required. */
export function browserPlan(
  env: Environment = process.env,
): { run: string } | { skip: string } | { fail: string } {
  const executablePath = findChromium(env);
  if (executablePath !== undefined) return { run: executablePath };
  return env.BIMSERVICE_REQUIRE_BROWSER === '1' ? { fail: HOW_TO_GET_ONE } : { skip: HOW_TO_GET_ONE };
}

/** The Chromium of the test file that runs now: its start takes longer than most tests of it. */
let shared: Browser | null = null;

async function sharedChromium(executablePath: string): Promise<Browser> {
  if (!shared?.isConnected()) shared = await launchChromium(executablePath);
  return shared;
}

async function closeShared(): Promise<void> {
  const browser = shared;
  shared = null;
  await browser?.close();
}

/**
 * A test with a Chromium that has no page, cookie or storage of another test. When none is found, the test is skipped with a
 * message, or fails with that message under `BIMSERVICE_REQUIRE_BROWSER=1`.
 */
export function browserTest(
  title: string,
  body: (browser: Browser) => Promise<void>,
  timeoutMs?: number,
): void {
  afterAll(closeShared);
  test(
    title,
    async (context) => {
      const plan = browserPlan();
      if ('skip' in plan) {
        // A fresh machine may have no Chromium; CI requires it (`fail` below).
        console.warn(`skipped: ${title} (${plan.skip})`);
        return context.skip(plan.skip);
      }
      if ('fail' in plan) throw new Error(plan.fail);
      const browser = await sharedChromium(plan.run);
      try {
        await body(browser);
      } finally {
        await Promise.all(browser.contexts().map((each) => each.close()));
      }
    },
    timeoutMs,
  );
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
