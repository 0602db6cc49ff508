// Loads the files of the bundle that every command needs, with the compiled code that an earlier run of the same command
// has kept. V8 then compiles nothing: a third of the time of a short command. Node's own compile cache (from Node 22 on)
// keeps no function that is compiled at its first call, which is most of them.
const fs = require('node:fs');
const { createRequire, Module } = require('node:module');
const { dirname, join } = require('node:path');
const { Script } = require('node:vm');

/** The code for words that are no command, and for a command that has none yet. */
const OTHER = 'other';
/** Behind the code; a file without it is not whole. */
const MARK = 0x62696d73;
/** Every such word is part of the checksum: a lost block of the disk is found, in a tenth of a millisecond. */
const EVERY = 128;
/** Code that was not written again for this long (ms) is removed: of another version, or of another Node. */
const OLD_MS = 30 * 86_400_000;

/**
 * Loads `main` (an absolute path). Its imports that match `shared` are loaded in the same way, all others as usual. Code is
 * kept of the files that have a hash.
 * @param {string} main
 * @param {RegExp} shared
 * @param {string} folder the private folder of the code
 * @param {string} command the code of each command is kept for itself, as no other needs the same functions
 */
exports.loadCached = (main, shared, folder, command) => {
  /** @type {Array<(isDone: boolean) => void>} */
  const keepers = [];
  process.once('exit', (code) => {
    for (const keep of keepers) keep(code === 0);
  });
  return load(main);

  /** @param {string} file @returns {any} */
  function load(file) {
    const known = require.cache[file];
    if (known !== undefined) return known.exports;
    const module = new Module(file);
    module.filename = file;
    require.cache[file] = module;
    const usual = createRequire(file);
    /** @param {string} id */
    const imports = (id) => (shared.test(id) ? load(join(dirname(file), id)) : usual(id));
    // The build puts a hash of the content at the end of the files whose code is kept. V8 compares only their length.
    const text = fs.readFileSync(file, 'utf8');
    const hash = /^\/\/([0-9a-f]{32})$/m.exec(text.slice(-200))?.[1];
    const source = `(function (exports, require, module, __filename, __dirname) { ${text}\n})`;
    /** @param {string} name */
    const placeOf = (name) => `${folder}/${name}-${process.version}-${process.arch}-${hash}`;
    const own = hash && read(placeOf(command));
    const cachedData = own || (hash && read(placeOf(OTHER))) || undefined;
    const script = new Script(source, { filename: file, cachedData });
    // Kept at the end, when the functions that this command needs are compiled.
    const isMissing = !cachedData || script.cachedDataRejected;
    if (hash && (isMissing || !own))
      keepers.push((isDone) => {
        if (isDone || isMissing) write(folder, placeOf(isDone ? command : OTHER), script.createCachedData());
      });
    script.runInThisContext()(module.exports, Object.assign(imports, usual), module, file, dirname(file));
    module.loaded = true;
    return module.exports;
  }
};

/** @param {string} place @returns {Buffer | undefined} undefined where it is missing or not whole */
function read(place) {
  try {
    const file = fs.readFileSync(place);
    const code = file.subarray(0, file.length - 8);
    const isWhole =
      file.readUInt32LE(code.length + 4) === MARK && file.readUInt32LE(code.length) === checksum(code);
    return isWhole ? code : undefined;
  } catch {
    return undefined;
  }
}

/** @param {string} folder @param {string} place @param {Buffer} code */
function write(folder, place, code) {
  const draft = `${place}.${process.pid}`;
  try {
    const end = Buffer.alloc(8);
    end.writeUInt32LE(checksum(code), 0);
    end.writeUInt32LE(MARK, 4);
    fs.writeFileSync(draft, Buffer.concat([code, end]), { mode: 0o600, flag: 'wx' });
    fs.renameSync(draft, place);
    const before = Date.now() - OLD_MS;
    for (const name of fs.readdirSync(folder)) {
      const path = join(folder, name);
      const found = fs.lstatSync(path);
      if (found.isFile() && found.mtimeMs < before) fs.unlinkSync(path);
    }
  } catch {
    // A full or read-only disk: the next start compiles again.
  }
}

/** @param {Buffer} code */
function checksum(code) {
  const words = new Uint32Array(code.buffer, code.byteOffset, code.length >>> 2);
  let sum = code.length;
  // Not with the methods of Buffer: V8 has no code of theirs yet, and would take a millisecond to make it.
  for (let at = 0; at < words.length; at += EVERY) sum = (Math.imul(sum, 31) + words[at]) >>> 0;
  return sum;
}

/**
 * A folder for compiled code that no other user can write to, as it is run without a further check; undefined where it
 * cannot be had. Node's own choice is a folder in /tmp that another user may have made first.
 * @param {string} parent
 */
exports.privateFolder = (parent) => {
  const uid = process.getuid?.();
  const folder = join(parent, uid === undefined ? 'bimservice-code' : `bimservice-code-${uid}`);
  try {
    const found = fs.lstatSync(folder, { throwIfNoEntry: false });
    if (found === undefined) {
      fs.mkdirSync(folder, { mode: 0o700 });
      return folder;
    }
    // Windows and macOS have a folder for temporary files for each user.
    const isOurs = uid === undefined || (found.uid === uid && (found.mode & 0o077) === 0);
    return found.isDirectory() && isOurs ? folder : undefined;
  } catch {
    return undefined;
  }
};
