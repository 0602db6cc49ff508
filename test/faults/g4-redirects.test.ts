// G4: redirects of a POST are errors and are never followed (CASES B061, B097, B098).

import { type FaultCase, faultGroup } from './fault-group.js';
import { response } from './scripted-server.js';
import { PATHS, type World } from './world.js';

interface Redirect {
  name: string;
  status: number;
  tls?: boolean;
  /** Null: the response has no Location. */
  location: (world: World) => string | null;
}

const CODES = [301, 302, 303, 307, 308];

const REDIRECTS: readonly Redirect[] = [
  ...CODES.map((status) => ({ name: `${status}, same origin`, status, location: () => '/moved' })),
  ...CODES.map((status) => ({
    name: `${status}, another port`,
    status,
    location: (world: World) => `http://${world.other.host}${PATHS[world.phase]}`,
  })),
  {
    name: 'https to http',
    status: 307,
    tls: true,
    location: (world) => `http://${world.other.host}${PATHS[world.phase]}`,
  },
  { name: 'loop', status: 308, location: (world) => `${world.origin}${PATHS[world.phase]}` },
  { name: 'no Location', status: 302, location: () => null },
];

function caseAt(phase: 'register' | 'token' | 'upload', redirect: Redirect): FaultCase {
  return {
    phase,
    name: redirect.name,
    tls: redirect.tls ?? false,
    steps: (world) => {
      const location = redirect.location(world);
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
