// The services of the bench: 198 with OAuth addresses on ten servers, and two open ones with a result of a given size.

const SERVERS = 10;
const GUARDED = 198;

/** How many services the list has. */
export const LISTED = GUARDED + 2;
export const SMALL = { id: 'small-result', name: 'Small result', path: '/results/small', bytes: 2_000 };
export const LARGE = { id: 'large-result', name: 'Large result', path: '/results/large', bytes: 10_000_000 };
/** The name that the services suggest for their result. */
export const RESULT_NAME = 'result.ifc';

/**
 * The id of the n-th service with OAuth addresses, from 1.
 * @param {number} n
 */
export const guardedId = (n) => `check-number-${n}`;

/**
 * The list in the form of a repository.
 * @param {string} origin of the server of the bench
 */
export function serviceList(origin) {
  const guarded = Array.from({ length: GUARDED }, (_, index) => {
    const oauth = `${origin}/server-${index % SERVERS}/oauth`;
    return {
      ...entry(`Check number ${index + 1}`, `${origin}/checks/${index + 1}`),
      oauth: {
        registerUrl: `${oauth}/register`,
        authorizationUrl: `${oauth}/authorize`,
        tokenUrl: `${oauth}/token`,
      },
    };
  });
  const open = [SMALL, LARGE].map(({ name, path }) => entry(name, `${origin}${path}`));
  return { capabilities: [], services: [...guarded, ...open] };
}

/**
 * @param {string} name
 * @param {string} resourceUrl
 */
function entry(name, resourceUrl) {
  return {
    name,
    description: 'Checks a model and reports its findings, in about as many words as most services use.',
    provider: 'bench',
    inputs: ['IFC_STEP_2X3TC1', 'IFC_STEP_4'],
    outputs: ['IFC_STEP_4'],
    resourceUrl,
  };
}
