// The state of a watch as its file has it: which revision of which model ran, and what was in hand when the program ended.
import { isOutcome } from '../../errors.js';
import { objectOf } from '../../protocol/text/json-object.js';
import type { KnownModel, Revision } from './revisions.js';

/** A newer program writes another number, and this one then changes nothing. */
export const STATE_VERSION = 1;

/** A run that began and whose end is not known. */
export interface InHand {
  hash: string;
  folder: string;
}

export interface ModelState extends KnownModel {
  /** The name of the model's folder among the results; it stays the same. */
  label: string;
  inHand: InHand | null;
}

export interface WatchState {
  /** The service whose results these are. */
  service: string;
  /** By the absolute path of the model. */
  models: Map<string, ModelState>;
}

export function stateDocument({ service, models }: WatchState): object {
  return { version: STATE_VERSION, service, models: Object.fromEntries(models) };
}

/** What is wrong with a state file, as the rest of a sentence that begins with its name. */
export class StateDefect extends Error {}

/** Throws StateDefect. */
export function readState(value: unknown): WatchState {
  const { version, service, models } = objectOf(value) ?? {};
  if (typeof version === 'number' && version > STATE_VERSION)
    throw new StateDefect('was written by a newer bimservice');
  const entries = objectOf(models);
  if (version !== STATE_VERSION || typeof service !== 'string' || entries === null)
    throw new StateDefect('is not the state of a watch');
  return {
    service,
    models: new Map(Object.entries(entries).map(([path, model]) => [path, modelState(path, model)])),
  };
}

function modelState(path: string, value: unknown): ModelState {
  const { label, mark, revisions, inHand } = objectOf(value) ?? {};
  if (typeof label !== 'string' || !Array.isArray(revisions))
    throw new StateDefect(`has a damaged entry for ${path}`);
  return {
    label,
    mark: typeof mark === 'string' ? mark : null,
    revisions: revisions.map((each) => revision(path, each)),
    inHand: inHandOf(inHand),
  };
}

function revision(path: string, value: unknown): Revision {
  const { hash, outcome, folder, endedAt } = objectOf(value) ?? {};
  if (
    typeof hash !== 'string' ||
    !isOutcome(outcome) ||
    typeof folder !== 'string' ||
    typeof endedAt !== 'number'
  )
    throw new StateDefect(`has a damaged revision of ${path}`);
  return { hash, outcome, folder, endedAt };
}

function inHandOf(value: unknown): InHand | null {
  const { hash, folder } = objectOf(value) ?? {};
  return typeof hash === 'string' && typeof folder === 'string' ? { hash, folder } : null;
}
