// Which modules go into one file of the bundle. Without this, code that several commands share is in dozens of small files,
// and a short command loads forty of them: a tenth of its time.

/** The file that each start loads. */
const START_CHUNK = 'main';
/** The file of the commands that only read. */
export const READING_CHUNK = 'reading';

/** Each start loads it, with all that it imports. */
const START = ['src/main.ts'];
/** What a command loads that only reads: their code, and all that they import. */
const READING = ['src/context.ts', 'src/commands/list.ts', 'src/commands/status.ts'];

/**
 * The groups for `output.codeSplitting` of rolldown. What is in no group is split as usual.
 * @param {(path: string) => string} idOf the id of a source file
 */
export function chunkGroups(idOf) {
  /** @type {Map<string, string> | undefined} */
  let groups;
  return [
    {
      debugName: 'start-and-reading',
      /** @param {string} id @param {{ getModuleInfo: (id: string) => { importedIds: string[] } | null }} graph */
      name(id, graph) {
        groups ??= groupsIn((each) => graph.getModuleInfo(each)?.importedIds ?? []);
        return groups.get(id) ?? null;
      },
    },
  ];

  /** @param {(id: string) => string[]} imports @returns {Map<string, string>} */
  function groupsIn(imports) {
    const reading = importsOf(READING.map(idOf), imports);
    const start = importsOf(START.map(idOf), imports);
    const groups = new Map();
    for (const id of reading) groups.set(id, READING_CHUNK);
    for (const id of start) groups.set(id, START_CHUNK);
    return groups;
  }
}

/**
 * `ids` and all that they import, without what `import()` loads later.
 * @param {string[]} ids
 * @param {(id: string) => string[]} imports
 */
function importsOf(ids, imports) {
  const found = new Set(ids);
  for (const id of found) for (const imported of imports(id)) found.add(imported);
  return found;
}
