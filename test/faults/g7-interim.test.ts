// G7: interim responses while the model is being sent are not the response (RFC 9110 15.2, CASES B086).

import { type FaultCase, faultGroup } from './fault-group.js';
import { resultResponse } from './sandbox.js';

const INTERIM: Record<string, string> = {
  '100': 'HTTP/1.1 100 Continue\r\n\r\n',
  '100 twice': 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n',
  '102': 'HTTP/1.1 102 Processing\r\n\r\n',
  '103': 'HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n',
};

const cases = Object.entries(INTERIM).map(
  ([name, head]): FaultCase => ({
    name,
    phase: 'upload',
    steps: (_, result) => [{ send: head }, { read: 'all' }, { send: head }, { send: resultResponse(result) }],
    expect: { exit: 0, errorCode: null, outcome: 'done' },
  }),
);

faultGroup('G7', 4, cases);
