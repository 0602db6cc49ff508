// The pages after a consent when the program has no redirect: values to copy (PROTOCOL 1.3 and 1.13).

import { escapeMarkup } from '../../protocol/text/escape-markup.js';
import type { ResponseContent } from '../http/http.js';
import { pageResponse } from './page.js';

/** For SHOW_CODE: a token that works at once, and the address of the service, in the form of BIMserver. */
export function tokenPage(clientName: string, token: string, serviceAddress: string): ResponseContent {
  return copyPage(clientName, 'Keep the token as secret as a password.', [
    ['Service token (copy and paste this into your application)', 'token', token],
    ['Service address', 'address', serviceAddress],
  ]);
}

/** For a program that expects an address with `code=` in it. `minutes`: the lifetime of the code. */
export function codePage(clientName: string, address: string, minutes: number): ResponseContent {
  return copyPage(clientName, `The code in it is good once, within ${minutes} minutes.`, [
    ['Copy this address and paste it into your application', 'address', address],
  ]);
}

type Field = readonly [label: string, name: string, value: string];

function copyPage(clientName: string, advice: string, fields: readonly Field[]): ResponseContent {
  const title = `One step is left in ${escapeMarkup(clientName)}`;
  const inputs = fields.map(
    ([label, name, value]) =>
      `<label class="field">${escapeMarkup(label)}<input class="copy" type="text" id="${name}" value="${escapeMarkup(value)}" readonly></label>`,
  );
  const body = `<h1>${title}</h1>\n${inputs.join('\n')}\n<p>${escapeMarkup(advice)}</p>`;
  return pageResponse({ status: 200, title, body });
}
