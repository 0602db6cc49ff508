// Makes ids for the command line from the names of services and repositories.

// Latin letters that Unicode does not decompose into a base letter and a mark.
const LATIN: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  ł: 'l',
  þ: 'th',
};
const LONGEST = 60;

/**
 * `name` in lower case with `-` between its words: `Fake IFC returning  service` -> `fake-ifc-returning-service`.
 * Latin letters lose their accents. Letters of other scripts stay, so that people can type what they read. A name
 * without any letter or digit gives `fallback`.
 */
export function slug(name: string, fallback = 'service'): string {
  const words = /^[\x20-\x7e]*$/.test(name) ? asciiWords(name) : wordsOf(name);
  const short = [...words.replace(/^-/, '')].slice(0, LONGEST).join('').replace(/-$/, '');
  return /[\p{L}\p{N}]/u.test(short) ? short : fallback;
}

/** The same result as `wordsOf` for a name in plain ASCII, in a tenth of the time. */
function asciiWords(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]+/g, '-');
}

function wordsOf(name: string): string {
  return name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/(\p{Script=Latin})\p{Mn}+/gu, '$1')
    .replace(/[ßæœøđðłþ]/g, (letter) => LATIN[letter] ?? letter)
    .normalize('NFC')
    .replace(/[^\p{L}\p{N}\p{M}]+/gu, '-');
}

/** The slugs of `names`, in order and all different. */
export function uniqueSlugs(names: readonly string[], fallback?: string): string[] {
  return distinct(names.map((name) => slug(name, fallback)));
}

/** `texts` in order: the second of two equal texts gets `-2`, the third `-3`. All results are different. */
export function distinct(texts: readonly string[]): string[] {
  const taken = new Set<string>();
  const counts = new Map<string, number>();
  return texts.map((text) => {
    let free = text;
    let count = counts.get(text) ?? 1;
    while (taken.has(free)) {
      count += 1;
      free = `${text}-${count}`;
    }
    counts.set(text, count);
    taken.add(free);
    return free;
  });
}
