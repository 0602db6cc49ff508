// What Ctrl-C says of the job, by what is known.
import { expect, test } from 'vitest';
import { interruptionOf } from '../../../src/core/invocation/interruption.js';
import { BimServiceError } from '../../../src/errors.js';

const sent = { outcome: 'unknown', sentBytes: 2048, length: 2048, wasSent: true, isSaved: false } as const;

test.each([
  [{ ...sent, outcome: 'not-sent', sentBytes: 0, wasSent: false }, 'terminated before the model was sent'],
  [sent, 'terminated after the model was sent: the service may have run it'],
  [
    { ...sent, length: 4096, wasSent: false },
    'terminated while the model was being sent (2.0 KiB of 4.0 KiB): the service has only a part of it',
  ],
  [
    { ...sent, length: null, wasSent: false },
    'terminated while the model was being sent (2.0 KiB): the service has only a part of it',
  ],
  [{ ...sent, outcome: 'refused' }, 'terminated after the service refused the model'],
  [
    { ...sent, outcome: 'done' },
    'terminated while the result arrived: the service has done the job, and nothing was saved',
  ],
  [{ ...sent, outcome: 'done', isSaved: true }, 'terminated after the result was saved'],
] as const)('%j', (run, message) => {
  const error = interruptionOf(new BimServiceError('terminated', 'terminated'), run);
  expect(error).toMatchObject({ code: 'terminated', message, outcome: run.outcome });
});
