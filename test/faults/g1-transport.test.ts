// G1: faults of the network before the first byte of a response.

import type { ErrorCode, Outcome } from '../../src/errors.js';
import { SHORT_LIMITS } from './child.js';
import { type FaultCase, faultGroup } from './fault-group.js';
import type { Expectation } from './invariants.js';
import type { FaultPhase } from './sandbox.js';
import type { Step } from './scripted-server.js';

type SmallEnd = readonly [exit: number, errorCode: ErrorCode];
type UploadEnd = readonly [...SmallEnd, outcome: Outcome];

interface TransportFault extends Partial<Omit<FaultCase, 'steps'>> {
  name: string;
  steps?: readonly Step[];
  /** For small exchanges. A list that is not HTTP is a list that cannot be read. */
  small: SmallEnd;
  list?: SmallEnd;
  upload: UploadEnd;
  /** Options for the upload. */
  uploadOptions?: readonly string[];
  uploadModel?: 'large';
  /** True when no request head reaches the server. */
  isUnread?: boolean;
  mentions?: Expectation['mentions'];
}

const LOST: UploadEnd = [9, 'outcome-unknown', 'unknown'];
const UNREACHED: SmallEnd = [5, 'unreachable'];
const UNSAFE: SmallEnd = [5, 'tls-failed'];
const read = { read: 'all' } as const;

const FAULTS: readonly TransportFault[] = [
  {
    name: 'refused',
    server: () => ({ listening: false }),
    isUnread: true,
    small: UNREACHED,
    upload: [...UNREACHED, 'not-sent'],
    mentions: ['ECONNREFUSED'],
  },
  {
    // The upload fills the windows and then stops; a small request waits for its response.
    name: 'black hole',
    steps: [],
    limits: SHORT_LIMITS,
    small: UNREACHED,
    upload: LOST,
    uploadModel: 'large',
    mentions: [/no byte moved for|within 1\.5 s/],
  },
  { name: 'FIN', steps: [read, { end: 'fin' }], small: UNREACHED, upload: LOST },
  { name: 'RST', steps: [read, { end: 'rst' }], small: UNREACHED, upload: LOST },
  {
    name: 'garbage',
    steps: [read, { send: '\u0000\u0001\u001b[2J SSH-2.0-nothing of HTTP\r\n\r\n' }, { end: 'fin' }],
    small: [6, 'service-nonsense'],
    list: [3, 'repository-unreadable'],
    upload: [8, 'result-incomplete', 'unknown'],
    mentions: ['HPE_'],
  },
  {
    name: 'a byte now and then',
    steps: [read, { drip: `HTTP/1.1 200 OK\r\nServer: ${'slow'.repeat(40)}\r\n`, everyMs: 30 }],
    limits: SHORT_LIMITS,
    small: UNREACHED,
    upload: LOST,
    uploadOptions: ['--wait', '1s'],
  },
  {
    name: 'a self-signed certificate',
    tls: true,
    server: ({ certificates }) => ({ certificate: certificates.selfSigned }),
    isUnread: true,
    small: UNSAFE,
    upload: [...UNSAFE, 'not-sent'],
    mentions: ['DEPTH_ZERO_SELF_SIGNED_CERT', '--ca-file'],
  },
  {
    name: 'a certificate of another host',
    tls: true,
    server: ({ certificates }) => ({ certificate: certificates.wrongHost }),
    isUnread: true,
    small: UNSAFE,
    upload: [...UNSAFE, 'not-sent'],
    mentions: ['ERR_TLS_CERT_ALTNAME_INVALID', 'for another host'],
  },
];

const PHASES: readonly FaultPhase[] = ['list', 'register', 'token', 'upload'];

function caseAt(phase: FaultPhase, fault: TransportFault): FaultCase {
  const isUpload = phase === 'upload';
  const [exit, errorCode, outcome] = isUpload
    ? fault.upload
    : phase === 'list'
      ? (fault.list ?? fault.small)
      : fault.small;
  const { steps } = fault;
  return {
    phase,
    name: fault.name,
    ...(steps ? { steps: () => steps } : {}),
    ...(fault.server ? { server: fault.server } : {}),
    ...(fault.limits ? { limits: fault.limits } : {}),
    ...(isUpload && fault.uploadOptions ? { options: fault.uploadOptions } : {}),
    tls: fault.tls ?? false,
    model: isUpload ? (fault.uploadModel ?? 'small') : 'small',
    expect: {
      exit,
      errorCode,
      ...(outcome ? { outcome } : {}),
      requests: fault.isUnread ? 0 : 1,
      mentions: fault.mentions ?? [],
    },
  };
}

const cases = FAULTS.flatMap((fault) => PHASES.map((phase) => caseAt(phase, fault)));

faultGroup('G1', 32, cases, 'samples');
