// G1: what a network does before the first byte of a response.

import type { ErrorCode, Outcome } from '../../src/errors.js';
import { SHORT_LIMITS } from './child.js';
import { type FaultCase, faultGroup } from './fault-group.js';
import type { Expectation } from './invariants.js';
import type { Step } from './scripted-server.js';
import type { FaultPhase } from './world.js';

type SmallVerdict = readonly [exit: number, errorCode: ErrorCode];
type UploadVerdict = readonly [...SmallVerdict, outcome: Outcome];

interface TransportFault extends Partial<Omit<FaultCase, 'steps'>> {
  name: string;
  steps?: readonly Step[];
  /** Small exchanges; a list that is not HTTP is a list that cannot be read. */
  small: SmallVerdict;
  list?: SmallVerdict;
  upload: UploadVerdict;
  /** Options of the upload. */
  uploadOptions?: readonly string[];
  uploadModel?: 'large';
  /** True where no request gets as far as its head. */
  isUnheard?: boolean;
  says?: Expectation['says'];
}

const LOST: UploadVerdict = [9, 'outcome-unknown', 'unknown'];
const UNREACHED: SmallVerdict = [5, 'unreachable'];
const UNSAFE: SmallVerdict = [5, 'tls-failed'];
const read = { read: 'all' } as const;

const FAULTS: readonly TransportFault[] = [
  {
    name: 'refused',
    server: () => ({ listening: false }),
    isUnheard: true,
    small: UNREACHED,
    upload: [...UNREACHED, 'not-sent'],
    says: ['ECONNREFUSED'],
  },
  {
    // The upload fills the windows and then stands still; a small request waits for its answer.
    name: 'black hole',
    steps: [],
    limits: SHORT_LIMITS,
    small: UNREACHED,
    upload: LOST,
    uploadModel: 'large',
    says: [/no byte moved for|within 0\.8 s/],
  },
  { name: 'FIN', steps: [read, { end: 'fin' }], small: UNREACHED, upload: LOST },
  { name: 'RST', steps: [read, { end: 'rst' }], small: UNREACHED, upload: LOST },
  {
    name: 'garbage',
    steps: [read, { send: '\u0000\u0001\u001b[2J SSH-2.0-nothing of HTTP\r\n\r\n' }, { end: 'fin' }],
    small: [6, 'service-nonsense'],
    list: [3, 'repository-unreadable'],
    upload: [8, 'result-incomplete', 'unknown'],
    says: ['HPE_'],
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
    isUnheard: true,
    small: UNSAFE,
    upload: [...UNSAFE, 'not-sent'],
    says: ['DEPTH_ZERO_SELF_SIGNED_CERT', '--ca-file'],
  },
  {
    name: 'a certificate of another host',
    tls: true,
    server: ({ certificates }) => ({ certificate: certificates.wrongHost }),
    isUnheard: true,
    small: UNSAFE,
    upload: [...UNSAFE, 'not-sent'],
    says: ['ERR_TLS_CERT_ALTNAME_INVALID', 'for another host'],
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
      requests: fault.isUnheard ? 0 : 1,
      says: fault.says ?? [],
    },
  };
}

const cases = FAULTS.flatMap((fault) => PHASES.map((phase) => caseAt(phase, fault)));

faultGroup('G1', 32, cases);
