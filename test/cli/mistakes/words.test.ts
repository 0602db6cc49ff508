// Commands, options and names that are misspelled or in the wrong order.
import { afterAll, beforeAll, describe } from 'vitest';
import { invoke, LIST, MistakeServers, meetEach, type Row } from './mistake.js';

let servers: MistakeServers;
beforeAll(async () => {
  servers = await MistakeServers.start();
});
afterAll(() => servers[Symbol.asyncDispose]());

const rows: Row[] = [
  [
    'the next step has the list of this run',
    {
      argv: invoke('secured', 'model.ifc'),
      exit: 4,
      words: 'secured is not authorized yet',
      next: 'bimservice authorize secured -r services.json',
    },
  ],
  [
    'an option with a typing error',
    {
      argv: invoke('dup', 'model.ifc', '--ouput', 'x'),
      exit: 2,
      words: "unknown option '--ouput'",
      next: 'Did you mean --output?',
    },
  ],
  [
    'a file whose name begins with a hyphen',
    {
      argv: invoke('dup', '-north.ifc'),
      exit: 2,
      words: "unknown option '-north.ifc'",
      next: 'For a file of this name: ./-north.ifc',
    },
  ],
  [
    'a service with a typing error',
    {
      argv: ['list', 'clsh', ...LIST],
      exit: 3,
      words: 'There is no service "clsh"',
      next: 'Did you mean clash-check?',
    },
  ],
  [
    'a command with a typing error',
    {
      argv: ['invok'],
      exit: 2,
      words: 'there is no command "bimservice invok"',
      next: 'Did you mean bimservice invoke?',
    },
  ],
  [
    'a command of another tool',
    {
      argv: ['login'],
      exit: 2,
      words: 'there is no command "bimservice login"',
      next: 'bimservice authorize',
    },
  ],
  [
    'service and model swapped',
    {
      argv: invoke('model.ifc', 'dup'),
      exit: 3,
      words: 'There is no service "model.ifc"',
      next: 'Did you mean: bimservice invoke dup -r services.json model.ifc',
    },
  ],
  [
    'service after two models, one with a blank',
    {
      argv: invoke('my model.ifc', 'model.ifc', 'clash-check'),
      exit: 3,
      words: 'There is no service "my model.ifc"',
      next: 'Did you mean: bimservice invoke clash-check -r services.json "my model.ifc" model.ifc',
    },
  ],
  [
    'config list',
    {
      argv: ['config', 'list'],
      exit: 2,
      words: 'there is no command "bimservice config list"',
      next: 'Did you mean bimservice config get store?',
    },
  ],
  [
    'repository rm',
    {
      argv: ['repository', 'rm', 'x'],
      exit: 2,
      words: 'there is no command "bimservice repository rm"',
      next: 'Did you mean bimservice repository remove?',
    },
  ],
  [
    '--passphrase without --export',
    {
      argv: ['token', 'secured', '--passphrase', ...LIST],
      exit: 2,
      words: '--passphrase belongs to --export',
      next: 'bimservice token SERVICE -r services.json --export --passphrase',
    },
  ],
  [
    'the token of an open service',
    {
      argv: ['token', 'clash', ...LIST],
      exit: 2,
      words: 'clash-check is an open service',
      next: 'bimservice invoke clash-check MODEL',
    },
  ],
  [
    'the consent for an open service',
    {
      argv: ['authorize', 'clash', ...LIST],
      exit: 2,
      words: 'error: clash-check is an open service',
      next: 'bimservice invoke clash-check MODEL',
    },
  ],
  [
    '--expect with a typing error',
    {
      argv: invoke('clash', 'model.ifc', '--expect', 'BFC'),
      exit: 2,
      words: 'not "BFC"',
      next: 'The service lists: BCF_ZIP_2_1',
    },
  ],
  [
    'list --produces with an unknown type',
    {
      argv: ['list', '--produces', 'BFC', ...LIST],
      exit: 0,
      words: 'None of 11 services matches',
      next: 'They produce: BCF_ZIP_2_1, VALIDATION_JSON_1_0',
    },
  ],
];

describe.concurrent('words', () => meetEach(rows, () => servers));
