// G4: redirects of a POST are errors and are never followed (CASES B061, B097, B098).

import { type FaultCase, faultGroup } from './fault-group.js';
import { PATHS, type Sandbox } from './sandbox.js';
import { response } from './scripted-server.js';

interface Redirect {
  name: string;
  status: number;
  tls?: boolean;
  /** Null: the response has no Location. */
  location: (sandbox: Sandbox) => string | null;
}

const CODES = [301, 302, 303, 307, 308];

const REDIRECTS: readonly Redirect[] = [
  ...CODES.map((status) => ({ name: `${status}, same origin`, status, location: () => '/moved' })),
  ...CODES.map((status) => ({
    name: `${status}, another port`,
    status,
    location: (sandbox: Sandbox) => `http://${sandbox.other.host}${PATHS[sandbox.phase]}`,
  })),
  {
    name: 'https to http',
    status: 307,
    tls: true,
    location: (sandbox) => `http://${sandbox.other.host}${PATHS[sandbox.phase]}`,
  },
  { name: 'loop', status: 308, location: (sandbox) => `${sandbox.origin}${PATHS[sandbox.phase]}` },
  { name: 'no Location', status: 302, location: () => null },
];

function caseAt(phase: 'register' | 'token' | 'upload', redirect: Redirect): FaultCase {
  return {
    phase,
    name: redirect.name,
    tls: redirect.tls ?? false,
    steps: (sandbox) => {
      const location = redirect.location(sandbox);
      const headers = location === null ? {} : { Location: location };
      return [{ read: 'all' }, { send: response(redirect.status, headers, 'Moved.') }];
    },
    expect: {
      exit: 6,
      errorCode: 'unexpected-redirect',
      ...(phase === 'upload' ? { outcome: 'refused' } : {}),
      mentions: [String(redirect.status)],
    },
  };
}

const PHASES = ['register', 'token', 'upload'] as const;

faultGroup(
  'G4',
  39,
  REDIRECTS.flatMap((redirect) => PHASES.map((phase) => caseAt(phase, redirect))),
  'samples',
);
