import { describe, expect, test } from 'vitest';
import { dialectOf } from '../../src/protocol/dialects/dialect-of.js';
import { readStreamText, streamAddress } from '../../src/protocol/invocation/run-channel.js';

describe('the address of the websocket', () => {
  test.each([
    // resourceUrl, reported at the authorization, capabilities of the list, address
    ['https://bim.example/services/7', 'wss://bim.example/stream', [], 'wss://bim.example/stream'],
    ['http://127.0.0.1:8082/services/7', undefined, ['WEBSOCKET'], 'ws://127.0.0.1:8082/stream'],
    ['https://bim.example/bim/services', undefined, ['websocket'], 'wss://bim.example/bim/stream'],
    // On another origin, or without TLS: the token is sent only to its own origin.
    ['https://bim.example/services/7', 'wss://evil.example/stream', [], 'wss://bim.example/stream'],
    ['https://bim.example/services/7', 'ws://bim.example/stream', [], 'wss://bim.example/stream'],
    ['https://bim.example/run', 'wss://evil.example/stream', [], null],
    ['https://bim.example/run', 'wss://user:pw@bim.example/stream', [], null],
    ['https://bim.example/run', 'wss://bim.example/live', [], 'wss://bim.example/live'],
    ['https://bim.example/run', 'wss://bim.example/live#top', [], 'wss://bim.example/live'],
    ['https://bim.example/services/7', undefined, [], null],
    ['https://bim.example/run', undefined, ['WEBSOCKET'], null],
  ])('%s, reported %s, %j -> %s', (resourceUrl, reported, capabilities, address) => {
    const dialect = dialectOf({ resourceUrl });
    expect(streamAddress(dialect, resourceUrl, reported, capabilities)).toBe(address);
  });
});

describe('what the server says', () => {
  test.each([
    ['{"welcome":1700000000000}', { kind: 'welcome' }],
    ['{"type":"endpoint","payload":{"endpointid":3},"endpointid":3}', { kind: 'endpoint' }],
    ['{"error":"Invalid token"}', { kind: 'error' }],
    [
      '{"type":"progress","topicId":3,"payload":{"progress":41.7,"label":"Geometry"}}',
      { kind: 'progress', topicId: '3', progress: { percent: 41, label: 'Geometry' } },
    ],
    [
      '{"type":"progress","topicId":"3","payload":{"progress":-1}}',
      { kind: 'progress', topicId: '3', progress: { percent: null, label: '' } },
    ],
    [
      '{"type":"progress","payload":null}',
      { kind: 'progress', topicId: null, progress: { percent: null, label: '' } },
    ],
    [
      '{"topicId":3,"type":"output","payload":{"schemaName":"ERROR","contentType":null,"contextId":12}}',
      {
        kind: 'output',
        topicId: '3',
        headers: [
          ['Output-Type', 'ERROR'],
          ['Context-Id', '12'],
        ],
      },
    ],
    // Notifications with any content share the stream.
    ['{"request":{"interface":"N","method":"m"},"type":"output","topicId":3}', { kind: 'other' }],
    ['{"type":"unknown-type"}', { kind: 'other' }],
    ['[1]', { kind: 'other' }],
    ['null', { kind: 'other' }],
    ['no JSON', { kind: 'other' }],
  ])('%s', (text, meaning) => {
    expect(readStreamText(text)).toEqual(meaning);
  });
});
