// The protocol as specified, for servers without another dialect.
import { spellingFor } from '../content/schema-names.js';
import type { Dialect } from './dialect.js';

export const PLAIN: Dialect = {
  name: 'plain',
  sharesAddress: false,
  trustsExpiry: true,
  mayNameWrongSite: false,
  confirmsClients: false,
  silentConsent: null,
  tidyAddress: (address) => address,
  asksForSync: false,
  emptyMeansRefused: false,
  refusesWithPages: false,
  takenAs: (_listed, schema) => schema,
  inputType: spellingFor,
  streamAddress: () => null,
  tokenQuestion: null,
  refusalIn: () => null,
  userLogin: null,
  meaningOf: () => null,
};
