// Slow tests run with few repetitions in `npm test` and with all of them in `npm run test:slow`.

/** True under `npm run test:slow`. */
export const SLOW = Boolean(process.env.BIMSERVICE_SLOW_TESTS);

/** `full` repetitions in the slow run, `few` otherwise. */
export const repeated = (few: number, full: number): number => (SLOW ? full : few);
