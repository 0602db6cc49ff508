// Ids for the command line, made from the names of services and providers. They do not depend on the order of a list.

import { trimOf } from '../text/cut.js';
import { nameHash } from '../text/name-hash.js';

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
/** Characters of an id, cut at a word where there is one. */
const LONGEST = 40;
/** A cut at a word keeps at least so many characters. */
const SHORTEST_CUT = 15;

/**
 * `name` in lower case with `-` between its words: `Fake IFC returning  service` -> `fake-ifc-returning-service`.
 * Latin letters lose their accents. Letters of other scripts stay, so that people can type what they read. A name
 * without any letter or digit gives `fallback`.
 */
export function slug(name: string, fallback = 'service'): string {
  // Most names are in plain ASCII, and patterns for all of Unicode take some time to compile.
  const isAscii = /^[\x20-\x7e]*$/.test(name);
  const words = isAscii ? asciiWords(name) : wordsOf(name);
  const short = trimOf(cutAtWord(trimOf(words, '-')), '-');
  const hasLetter = isAscii ? short !== '' : /[\p{L}\p{N}]/u.test(short);
  return hasLetter ? short : fallback;
}

function cutAtWord(text: string): string {
  const characters = [...text];
  if (characters.length <= LONGEST) return text;
  const short = characters.slice(0, LONGEST);
  const end = characters[LONGEST] === '-' ? LONGEST : short.lastIndexOf('-');
  return short.slice(0, end >= SHORTEST_CUT ? end : LONGEST).join('');
}

/** The same result as `wordsOf` for a name in plain ASCII, in a tenth of the time. */
function asciiWords(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]+/g, '-');
}

function wordsOf(name: string): string {
  return (
    name
      .normalize('NFKD')
      .toLowerCase()
      .replace(/(\p{Script=Latin})\p{Mn}+/gu, '$1')
      .replace(/[ßæœøđðłþ]/g, (letter) => LATIN[letter] ?? letter)
      .normalize('NFC')
      // Emoji come with selectors and joiners that show nothing; a mark needs a letter before it.
      .replace(/\p{Default_Ignorable_Code_Point}/gu, '')
      .replace(/[^\p{L}\p{N}\p{M}]+/gu, '-')
      .replace(/(^|-)\p{M}+/gu, '$1')
  );
}

/** What an id is made of. */
export interface Identified {
  name: string;
  /** What stays the same while a list is edited: an address, the provider's own number. Only for entries with the same name. */
  identity(): string;
  /** All that is known of it, for entries that have the same identity. */
  content(): string;
}

/**
 * An id for each of `entries`: the slug of its name. Where several have the same slug, each gets a part of the hash of its
 * identity behind it, so that an entry that is inserted or removed renames no other. Entries that are equal in
 * everything are numbered.
 */
export function stableIds(entries: readonly Identified[], fallback?: string): string[] {
  const slugs = entries.map(({ name }) => slug(name, fallback));
  if (new Set(slugs).size === slugs.length) return slugs;
  const withTag = (length: number, of: (entry: Identified) => string) => (index: number) => {
    const entry = entries[index];
    return entry === undefined ? '' : `${slugs[index]}-${tag(of(entry), length)}`;
  };
  const ways = [
    withTag(4, (entry) => entry.identity()),
    withTag(12, (entry) => entry.identity()),
    withTag(12, (entry) => `${entry.identity()}\n${entry.content()}`),
  ];
  return distinct(ways.reduce<string[]>(renameEqual, slugs));
}

function renameEqual(ids: readonly string[], rename: (index: number) => string): string[] {
  const counts = new Map<string, number>();
  for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1);
  return ids.map((id, index) => ((counts.get(id) ?? 0) > 1 ? rename(index) : id));
}

function tag(text: string, length: number): string {
  return nameHash(text).slice(0, length);
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
