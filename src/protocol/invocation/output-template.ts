// `-o` with placeholders: `out/{model}/{name}`. Some are known before the request, the others only with the result.

import { BimServiceError } from '../../errors.js';
import { lastSegment } from '../text/cut.js';
import { idInFileName } from '../text/id-in-file-name.js';
import { nameParts, safeFileName } from './result-name.js';

/** Known before anything is sent. */
export interface EarlyValues {
  /** The model's name without its extension; unique among the models of a command. */
  model: string;
  /** Id of the service. */
  service: string;
  /** The day of the run, `2026-11-27`. */
  date: string;
}

const EARLY = ['model', 'service', 'date'];
/** Known with the result: its default name, and the two parts of that name. */
const LATE = ['name', 'stem', 'ext'];

const PLACEHOLDER = /\{\{|\}\}|\{([^{}]*)\}/g;

/** Throws `usage` for an unknown placeholder, and for one that is not known yet at its place. */
export function checkTemplate(output: string): void {
  const folder = output.slice(0, output.length - lastSegment(output).length);
  for (const name of placeholdersOf(output)) {
    if (![...EARLY, ...LATE].includes(name)) {
      throw new BimServiceError('usage', `-o has the unknown placeholder {${name}}`, {
        hint: `There are ${[...EARLY, ...LATE].map((known) => `{${known}}`).join(' ')}. A brace itself is written twice: {{ or }}.`,
      });
    }
    if (LATE.includes(name) && placeholdersOf(folder).includes(name)) {
      throw new BimServiceError(
        'usage',
        `-o has {${name}} in the name of a folder, but it is known only with the result`,
        {
          hint: `Put {${name}} after the last slash, for example -o 'out/{model}/{name}'.`,
        },
      );
    }
  }
}

/** True when the person sets the name of the result of each model, so that nothing is added to it. */
export function namesResults(output: string): boolean {
  return placeholdersOf(output).some((name) => name === 'model' || LATE.includes(name));
}

/** True when the last part of the path is known only with the result. */
export function hasLateName(output: string): boolean {
  return placeholdersOf(lastSegment(output)).some((name) => LATE.includes(name));
}

/** `output` with the values that are known before the request. Every value is one safe segment. */
export function fillEarly(output: string, values: EarlyValues): string {
  const segments: Record<string, string> = { ...values, service: idInFileName(values.service) };
  return filled(output, segments, hasLateName(output));
}

/** The file name that the last part of a path becomes with `name`, the default name of the result. */
export function fillLate(segment: string, name: string): string {
  const { stem, extension } = nameParts(name);
  const values = { name, stem, ext: extension.replace(/^\./, '') };
  return safeFileName(filled(segment, values, false)) ?? name;
}

function placeholdersOf(text: string): string[] {
  return [...text.matchAll(PLACEHOLDER)].flatMap(([, name]) => (name === undefined ? [] : [name]));
}

/** `keepsBraces`: doubled braces stay doubled, because the text is filled a second time. */
function filled(text: string, values: Readonly<Record<string, string>>, keepsBraces: boolean): string {
  return text.replace(PLACEHOLDER, (all: string, name: string | undefined) => {
    if (name === undefined) return keepsBraces ? all : all.charAt(0);
    return values[name] ?? all;
  });
}
