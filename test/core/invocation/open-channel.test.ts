// When a run listens on a websocket, and what a failure to open it means.
import { expect, test } from 'vitest';
import { type ChannelPorts, openChannel } from '../../../src/core/invocation/open-channel.js';
import type { RunChannel } from '../../../src/core/ports/http.js';
import { BimServiceError } from '../../../src/errors.js';
import { Secret } from '../../../src/secret.js';
import { serviceAt } from '../workbench.js';

const service = serviceAt('https://bim.example');
const planned = (required: boolean) => ({
  url: 'wss://bim.example/stream',
  token: new Secret('t'),
  required,
  question: null,
  refusalIn: () => null,
});
const never = new AbortController().signal;

function ports(open: () => Promise<RunChannel>) {
  const said: string[] = [];
  const steps: string[] = [];
  const say = (line: string) => void said.push(line);
  const made: ChannelPorts = {
    http: {
      openRunChannel: open,
      request: () => Promise.reject(new Error('nothing is asked')),
    },
    store: {
      async lockRuns() {
        steps.push('locked');
        return { [Symbol.asyncDispose]: async () => void steps.push('unlocked') };
      },
      readSilence: async () => null,
      writeSilence: async () => {},
    },
    clock: { now: () => 0, monotonic: () => 0 },
    onSilence: () => {},
    reporter: { info: say, warn: say, instruct: say, debug: () => {} },
  };
  return { made, said, steps };
}

const channel = (steps: string[]): RunChannel => ({
  next: async () => ({ kind: 'lost', why: 'end' }),
  [Symbol.asyncDispose]: async () => void steps.push('closed'),
});

const fails = (code: 'unreachable' | 'token-refused') => async () => {
  throw new BimServiceError(code, 'no websocket here');
};

test('no other run has the token while the channel is open', async () => {
  const at = ports(async () => channel(at.steps));
  {
    await using opened = await openChannel(service, planned(false), at.made, never);
    expect(await opened?.next(never)).toEqual({ kind: 'lost', why: 'end' });
    expect(at.steps).toEqual(['locked']);
  }
  expect(at.steps).toEqual(['locked', 'closed', 'unlocked']);
});

test('a plan without a channel asks for nothing', async () => {
  const at = ports(fails('unreachable'));
  expect(await openChannel(service, null, at.made, never)).toBeNull();
  expect(at.steps).toEqual([]);
});

test('where it is not required the run goes on without, and says so', async () => {
  const at = ports(fails('unreachable'));
  expect(await openChannel(service, planned(false), at.made, never)).toBeNull();
  expect(at.said.join()).toContain('no live progress');
  expect(at.steps).toEqual(['locked', 'unlocked']);
});

test.each([
  [true, 'unreachable', 'unreachable'],
  [false, 'token-refused', 'token-refused'],
] as const)('required %s, %s: nothing is sent', async (required, fault, code) => {
  const at = ports(fails(fault));
  await expect(openChannel(service, planned(required), at.made, never)).rejects.toMatchObject({ code });
  expect(at.steps).toEqual(['locked', 'unlocked']);
});

test('a channel that fails to close lets other runs go on', async () => {
  const at = ports(async () => ({
    ...channel([]),
    [Symbol.asyncDispose]: () => Promise.reject(new Error('not closed')),
  }));
  const opened = await openChannel(service, planned(false), at.made, never);
  await expect(opened?.[Symbol.asyncDispose]()).rejects.toThrow('not closed');
  expect(at.steps).toEqual(['locked', 'unlocked']);
});
