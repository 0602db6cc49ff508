// `demo`: the whole chain on this machine. The provider is ours; the commands are the real ones.
import type { Context } from '../context.js';
import type { Browser } from '../core/ports/login.js';
import { BimServiceError } from '../errors.js';
import { useDemoFolder } from '../io/files/demo-folder.js';
import { hasDesktop } from '../io/login/desktop.js';
import { sink } from '../io/terminal/sink.js';
import { cleanText } from '../protocol/text/clean-text.js';
import type { Runtime } from '../runtime.js';
import { duplicateGuids } from '../serve/duplicate-guids.js';
import { startProvider } from '../serve/provider.js';
import { SAMPLE_FILE_NAME, SAMPLE_MODEL } from '../serve/sample-model.js';
import { selfConsent } from '../serve/self-consent.js';

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
  await using folder = await useDemoFolder(context.path(flags.output), {
    name: SAMPLE_FILE_NAME,
    text: SAMPLE_MODEL,
  });
  const own = ['--repository', provider.repositoryUrl, '--config-dir', folder.configDir];
  const { id } = duplicateGuids;
  const person =
    flags.browser !== false &&
    (typeof flags.browser === 'string' || (context.interactive && hasDesktop(runtime.env)));
  const browser = person ? runtime.browser : selfConsent();

  reporter.info(`1 provider   started at ${provider.origin}; it lives in this process and keeps nothing`);
  await step(['list', ...own, '--refresh'], {
    tell: (out) =>
      `2 list       GET ${provider.repositoryUrl} -> ${Math.max(0, out.trim().split('\n').length - 1)} service: ${id}`,
  });
  await step(['register', id, ...own, '--json'], {
    tell: (out) =>
      `3 register   POST ${provider.origin}/oauth/register -> client ${field(out, 'clientId')}, to be called back at ${field(out, 'redirectUri')}`,
  });
  const how = person
    ? 'the page is open in your browser: click Allow'
    : 'no browser: the demo gives the consent itself, over HTTP';
  reporter.info(`4 authorize  ${how}`);
  await step(
    [
      'authorize',
      id,
      ...own,
      '--json',
      ...(typeof flags.browser === 'string' ? ['--browser', flags.browser] : []),
    ],
    {
      browser,
      talk: person,
      tell: () =>
        `5 token      POST ${provider.origin}/oauth/access -> an access token, stored in a folder of the demo`,
    },
  );
  await step(['invoke', id, folder.modelPath, ...own, '-o', `${folder.path}/`, '--force', '--json'], {
    tell: (out) =>
      `6 invoke     POST ${provider.origin}/services/${id} with ${SAMPLE_FILE_NAME} -> ${field(out, 'output', 'title')}, saved as ${field(out, 'output', 'path')}`,
  });
  if (context.json)
    await context.printJson({
      folder: folder.path,
      provider: provider.origin,
      consent: person ? 'browser' : 'demo',
    });
  reporter.info(
    `\nLook at it: the .bcf in ${folder.path} opens in any BCF viewer (it is a zip: unzip -l FILE), the receipt beside it is JSON.`,
  );
  reporter.info('Next: bimservice list, then bimservice authorize SERVICE');

  async function step(
    argv: string[],
    {
      browser,
      talk = false,
      tell,
    }: { browser?: Browser | undefined; talk?: boolean; tell: (out: string) => string },
  ): Promise<void> {
    let out = '';
    const stdout = sink((text) => {
      out += text;
    });
    const stderr = talk ? runtime.stderr : sink(() => {});
    const env = { ...runtime.env, BIMSERVICE_TOKEN: undefined, CI: undefined };
    const code = await runLine(argv, { ...runtime, stdout, stderr, env, ...(browser ? { browser } : {}) });
    runtime.signal.throwIfAborted();
    if (code !== 0)
      throw new BimServiceError(
        'internal',
        `the demo failed at: bimservice ${argv[0]} (exit ${code}) ${out.trim()}`,
      );
    reporter.info(tell(out));
  }
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
