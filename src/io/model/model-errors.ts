// The errors of a model file, in words for a person.

import { join } from 'node:path';
import { BimServiceError, messageOf, systemErrorCode } from '../../errors.js';
import { cleanText } from '../../protocol/text/clean-text.js';
import { shellWord } from '../../protocol/text/shell-word.js';
import { ZipDefect } from '../files/zip-defect.js';

/** `how`: `became shorter`, `was replaced` and similar. */
export function modelChanged(path: string, how: string): BimServiceError {
  return new BimServiceError('model-changed', `${cleanText(path)} ${how} while it was being sent`, {
    hint: 'Wait until the program that writes it has finished, then run the command again.',
  });
}

/** The error for a folder in the place of a model. */
export function isDirectory(path: string): BimServiceError {
  return new BimServiceError('model-unreadable', `${cleanText(path)} is a folder, not a model`, {
    hint: `Name the models in it: ${shellWord(join(cleanText(path), '*.ifc'))}`,
  });
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'a part of its path is not a folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ELOOP: 'its links go in a circle',
  EIO: 'the disk or the network drive reported a read error',
  ENXIO: 'it is a socket, or its device does not exist',
  EFTYPE: 'it is a pipe or a device, not a file',
  EMFILE: 'too many files are open',
  ENAMETOOLONG: 'its name is too long',
};

const RENAME =
  'Its name has bytes that are not UTF-8. Rename the file, or send it from stdin: bimservice invoke SERVICE - < FILE';
const CHECK = 'Check the path and the file, then run the command again.';

/** Runs one step on a model file (`-` is stdin). A system error becomes BimServiceError `model-unreadable`. */
export async function readingModel<T>(path: string, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    if (error instanceof BimServiceError) throw error;
    if (error instanceof ZipDefect) {
      throw new BimServiceError('model-unreadable', `${name(path)} ${error.message}`, {
        hint: CHECK,
        cause: error,
      });
    }
    const code = systemErrorCode(error);
    if (code === 'EISDIR') throw isDirectory(path);
    const message = messageOf(error);
    const reason = REASONS[code ?? ''] ?? cleanText(message, 120);
    // Node decodes arguments and names of folders as UTF-8, and no text leads back to other bytes.
    const isOtherEncoding = code === 'ENOENT' && path.includes('\uFFFD');
    throw new BimServiceError('model-unreadable', `Cannot read ${name(path)}: ${reason}`, {
      hint: isOtherEncoding ? RENAME : CHECK,
      cause: error,
    });
  }
}

function name(path: string): string {
  return path === '-' ? 'the model from standard input' : cleanText(path);
}
