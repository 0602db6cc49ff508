// Files that are no model: nothing is sent.
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { invoke, LIST, MistakeServers, meetEach, type Row } from './mistake.js';

let servers: MistakeServers;
beforeAll(async () => {
  servers = await MistakeServers.start();
});
afterAll(async () => {
  expect(servers.http.calls.filter(({ path }) => path === '/status/200')).toEqual([]);
  await servers[Symbol.asyncDispose]();
});

const rows: Row[] = [
  [
    'a folder',
    {
      argv: invoke('clash', 'models'),
      exit: 7,
      words: 'is a folder, not a model',
      next: 'Name the models in it: ',
    },
  ],
  [
    'a Revit file',
    {
      argv: invoke('clash', 'house.rvt'),
      exit: 7,
      words: 'house.rvt is a Revit file, not IFC',
      next: 'Export IFC from Revit (File > Export > IFC)',
    },
  ],
  [
    'a Revit file by its name',
    {
      argv: invoke('clash', 'old.rvt'),
      exit: 7,
      words: 'not IFC',
      next: 'Export IFC from Revit (File > Export > IFC)',
    },
  ],
  [
    'a DWG drawing',
    {
      argv: invoke('clash', 'plan.dwg'),
      exit: 7,
      words: 'plan.dwg is a DWG drawing, not IFC',
      next: 'IFCEXPORT',
    },
  ],
  [
    'a DWG drawing with another name',
    {
      argv: invoke('clash', 'renamed.ifc'),
      exit: 7,
      words: 'renamed.ifc is a DWG drawing, not IFC',
      next: 'IFCEXPORT',
    },
  ],
  [
    'a Navisworks file',
    {
      argv: invoke('clash', 'site.nwc'),
      exit: 7,
      words: 'site.nwc is not a building model',
      next: 'Export IFC from the program that made the model',
    },
  ],
  [
    'a web page',
    {
      argv: invoke('clash', 'page.ifc'),
      exit: 7,
      words: 'is an HTML page',
      next: 'download the model again',
    },
  ],
  [
    'BCF',
    {
      argv: invoke('clash', 'issues.bcf'),
      exit: 7,
      words: 'is a BCF archive, not a model',
      next: 'Send the IFC model that it is about',
    },
  ],
  [
    'an LFS pointer',
    { argv: invoke('clash', 'pointer.ifc'), exit: 7, words: 'is a Git LFS pointer', next: 'git lfs pull' },
  ],
  [
    'list --for a Revit file',
    {
      argv: ['list', '--for', 'house.rvt', ...LIST],
      exit: 7,
      words: 'is a Revit file, not IFC',
      next: 'Export IFC from Revit',
    },
  ],
  [
    'two models and one result file',
    {
      argv: invoke('clash', 'model.ifc', 'second.ifc', '-o', 'x.bcf'),
      exit: 2,
      words: '-o x.bcf is one file, but there are several models',
      next: "-o '{model}.bcf'",
    },
  ],
];

describe.concurrent('models', () => meetEach(rows, () => servers));
