// Refusals by the service.
import { afterAll, beforeAll, describe } from 'vitest';
import { invoke, MistakeServers, meetEach, type Row } from './mistake.js';

let servers: MistakeServers;
beforeAll(async () => {
  servers = await MistakeServers.start();
});
afterAll(() => servers[Symbol.asyncDispose]());

const rows: Row[] = [
  [
    '202',
    {
      argv: invoke('status-202', 'model.ifc'),
      exit: 9,
      words: 'accepted the model and has no result yet (202)',
      next: 'Do not send the model again',
    },
  ],
  [
    '400',
    {
      argv: invoke('status-400', 'model.ifc'),
      exit: 6,
      words: 'refused the model (400)',
      next: 'bimservice list status-400',
    },
  ],
  [
    '401 of an open service',
    {
      argv: invoke('status-401', 'model.ifc'),
      exit: 4,
      words: 'did not accept the model without a token (401)',
      next: 'bimservice list status-401',
    },
  ],
  [
    '401 with a token from the environment',
    {
      argv: invoke('secured', 'model.ifc'),
      env: { BIMSERVICE_TOKEN: 'a-token' },
      exit: 4,
      words: 'the token in BIMSERVICE_TOKEN was refused',
      next: 'Replace that secret where it is kept',
    },
  ],
  [
    '413',
    {
      argv: invoke('status-413', 'model.ifc'),
      exit: 6,
      words: 'says the model is too large (413)',
      next: 'send a smaller model',
    },
  ],
  [
    '415',
    {
      argv: invoke('status-415', 'model.ifc'),
      exit: 6,
      words: 'does not take this type of model (415)',
      next: 'See what it takes: bimservice list status-415 -r services.json\n  If the type was detected wrongly',
    },
  ],
  [
    '422',
    {
      argv: invoke('status-422', 'model.ifc'),
      exit: 6,
      words: 'refused the model (422)',
      next: 'bimservice list status-422',
    },
  ],
  [
    '429',
    {
      argv: invoke('status-429', 'model.ifc'),
      exit: 6,
      words: 'gets too many requests (429)',
      next: '--jobs',
    },
  ],
  [
    '502',
    {
      argv: invoke('status-502', 'model.ifc'),
      exit: 9,
      words: 'could not be reached behind its gateway (502)',
      next: 'look at the service before you send the model again',
    },
  ],
];

describe.concurrent('responses', () => meetEach(rows, () => servers));
