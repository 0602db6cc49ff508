// What a file is that is no BCF, and what to type instead.

import { join, resolve } from 'node:path';
import { isFolder, resultOf } from '../../io/bcf/baseline.js';
import { readReceipt } from '../../io/files/receipt-file.js';
import { shellWord } from '../../protocol/text/shell-word.js';
import { Client } from '../client/client.js';
import type { ResultContent } from './judging.js';

/** A sentence for a person about `file`, which was named as a result and is not BCF. */
export async function whatItIs(client: Client, file: string, content: ResultContent | null): Promise<string> {
  using ports = Client.call(client, undefined);
  const path = resolve(ports.place.cwd, file);
  const receipt = content?.kind === 'json' ? await readReceipt(path) : null;
  if (receipt !== null) {
    const result = resultOf(file, receipt);
    return result === null
      ? 'It is the receipt of a run without a result.'
      : `It is the receipt of a run. To see the result: bimservice bcf ${shellWord(result)}`;
  }
  if (content?.kind === 'json') return "It is JSON. A gate can check it: --fail-on '/summary/failed>0'";
  if (await isFolder(path))
    return `It is a folder. To see the results in it: bimservice bcf ${shellWord(join(file, '*.bcf'))}`;
  return `It is ${content?.kind === 'other' ? content.what : 'empty'}.`;
}
