// `demo`: the whole chain on this machine, with a provider in this process and the real commands.
import type { Context } from '../context.js';
import type { Browser } from '../core/ports/login.js';
import { BimServiceError, EXIT_CODES } from '../errors.js';
import { useDemoFolder } from '../io/files/demo-folder.js';
import { hasDesktop } from '../io/login/desktop.js';
import { sink } from '../io/terminal/sink.js';
import { cleanText } from '../protocol/text/clean-text.js';
import { objectOf, parseObject } from '../protocol/text/json-object.js';
import type { Runtime } from '../runtime.js';
import { duplicateGuids } from '../serve/checks/duplicate-guids.js';
import { SAMPLE_FILE_NAME, SAMPLE_MODEL } from '../serve/checks/sample-model.js';
import { selfConsent } from '../serve/oauth/self-consent.js';
import { startProvider } from '../serve/provider.js';
import { commandLines } from './overview.js';

export interface DemoFlags {
  browser: boolean | string;
  output: string;
}

type RunLine = (argv: readonly string[], runtime: Runtime) => Promise<number>;

export async function demoCommand(
  context: Context,
  _: string[],
  flags: DemoFlags,
  runLine: RunLine,
): Promise<void> {
  const { reporter, runtime } = context;
  await using provider = await startProvider({ port: 0, host: '127.0.0.1', services: [duplicateGuids] });
  await using folder = await useDemoFolder(
    context.path(flags.output),
    { name: SAMPLE_FILE_NAME, text: SAMPLE_MODEL },
    runtime,
  );
  const own = ['--repository', provider.repositoryUrl, '--config-dir', folder.configDir];
  const { id } = duplicateGuids;
  const hasPerson =
    flags.browser !== false &&
    (typeof flags.browser === 'string' || (context.interactive && hasDesktop(runtime.env)));
  const browser = hasPerson ? runtime.browser : selfConsent();

  reporter.info(
    `The demo starts a small provider on this machine (${provider.origin}) and uses it as you would.`,
  );
  reporter.info('It keeps its credentials separate from yours and removes them at the end.');
  title('1  Find a service', 'bimservice list');
  await step(['list', ...own, '--refresh'], {
    show: (out) => `${Math.max(0, out.trim().split('\n').length - 1)} service: ${id}`,
  });
  title('2  Register this installation at the server of the service, once', `bimservice register ${id}`);
  await step(['register', id, ...own, '--json'], {
    show: (out) => `registered as client ${field(out, 'clientId')}`,
  });
  title('3  Give your consent, and get a token', `bimservice authorize ${id}`);
  reporter.info(
    hasPerson
      ? '   The page is open in your browser: click Allow.'
      : '   no browser: the demo gives the consent itself, over HTTP',
  );
  await step(
    [
      'authorize',
      id,
      ...own,
      '--json',
      ...(typeof flags.browser === 'string' ? ['--browser', flags.browser] : []),
    ],
    { browser, talk: hasPerson, show: () => 'authorized: the access token is stored' },
  );
  title('4  Send a model, and save the result', `bimservice invoke ${id} ${SAMPLE_FILE_NAME}`);
  await step(['invoke', id, folder.modelPath, ...own, '-o', `${folder.path}/`, '--force', '--json'], {
    show: (out) => `${field(out, 'output', 'title')}\n   saved as ${field(out, 'output', 'path')}`,
  });
  if (context.json)
    await context.printJson({
      folder: folder.path,
      provider: provider.origin,
      consent: hasPerson ? 'browser' : 'demo',
    });
  const next = [
    `The result is a BCF archive, which any BCF viewer opens. Its receipt is beside it (.run.json).`,
    'The provider ends with the demo. For your own models:',
    ...commandLines([
      ['bimservice serve', 'start the same check as a service on this machine'],
      ['bimservice repository add URL', 'add the list of another provider'],
      ['bimservice authorize SERVICE', 'give your consent'],
      ['bimservice invoke SERVICE MODEL', 'send a model'],
    ]),
  ];
  reporter.info(`\n${next.join('\n')}`);

  function title(text: string, command: string): void {
    reporter.info(`\n${text}\n   $ ${command}`);
  }

  async function step(
    argv: string[],
    {
      browser,
      talk = false,
      show,
    }: { browser?: Browser | undefined; talk?: boolean; show: (out: string) => string },
  ): Promise<void> {
    let out = '';
    const stdout = sink((text) => {
      out += text;
    });
    const stderr = sink(talk ? untilError((text) => runtime.stderr.write(text)) : () => {});
    const env = { ...runtime.env, BIMSERVICE_TOKEN: undefined, CI: undefined };
    const code = await runLine(argv, { ...runtime, stdout, stderr, env, ...(browser ? { browser } : {}) });
    runtime.signal.throwIfAborted();
    if (code !== 0) throw stepFailed(argv[0] ?? '', code, out);
    reporter.info(`   ${show(out)}`);
  }
}

/** Passes lines on until the error of a step, which the demo reports in its own words. */
function untilError(write: (text: string) => void): (text: string) => void {
  let hasFailed = false;
  return (text) => {
    hasFailed ||= text.startsWith('error: ');
    if (!hasFailed) write(text);
  };
}

/** A denied or timed-out consent is the person's decision and ends the demo with its code; any other failure is a defect. */
function stepFailed(command: string, exitCode: number, out: string): BimServiceError {
  const code = exitCode === EXIT_CODES['access-denied'] ? parseObject(out.split('\n')[0] ?? '') : null;
  const reason = objectOf(code?.error)?.code;
  const hint = 'To run it again: bimservice demo (without a browser: bimservice demo --no-browser)';
  if (reason === 'access-denied')
    return new BimServiceError('access-denied', 'you denied the consent, so the demo ends here', { hint });
  if (reason === 'consent-timeout')
    return new BimServiceError('consent-timeout', 'no consent was given in time, so the demo ends here', {
      hint,
    });
  return new BimServiceError(
    'internal',
    `the demo failed at: bimservice ${command} (exit ${exitCode}) ${cleanText(out.trim(), 300)}`,
  );
}

/** A member of the JSON that a command printed, as text. */
function field(json: string, ...path: string[]): string {
  let value: unknown = JSON.parse(json);
  for (const name of path)
    value =
      typeof value === 'object' && value !== null
        ? Object.entries(value).find(([key]) => key === name)?.[1]
        : undefined;
  return cleanText(String(value));
}
