// Makes IFC models of any size: a real STEP header, a filler, a real end.

import { open } from 'node:fs/promises';

const HEAD = `ISO-10303-21;
HEADER;
FILE_DESCRIPTION((''),'2;1');
FILE_NAME('model.ifc','2024-01-01T00:00:00',(''),(''),'','','');
FILE_SCHEMA(('IFC4'));
ENDSEC;
DATA;
/*`;
const TAIL = '*/\nENDSEC;\nEND-ISO-10303-21;\n';

/**
 * @param {number} bytes exact length; at least 300
 * @returns {Buffer}
 */
export function modelBytes(bytes) {
  return Buffer.from(HEAD + '.'.repeat(bytes - HEAD.length - TAIL.length) + TAIL);
}

/**
 * A model with a hole in the middle. It takes no disk space, and after the first reading it is in the memory of the
 * system, so that the disk is not measured.
 * @param {string} path
 * @param {number} bytes exact length; at least 300
 */
export async function writeSparseModel(path, bytes) {
  const file = await open(path, 'w');
  try {
    await file.truncate(bytes);
    await file.write(HEAD, 0);
    await file.write(TAIL, bytes - TAIL.length);
  } finally {
    await file.close();
  }
}
