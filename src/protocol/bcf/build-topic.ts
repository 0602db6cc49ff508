// Joins what the markup and the viewpoints of a topic folder say into one topic, and says what is odd about it.

import { cleanText } from '../text/clean-text.js';
import { lastSegment } from '../text/cut.js';
import { BcfDefect } from './bcf-defect.js';
import type { Markup } from './read-markup.js';
import type { BcfComment, BcfTopic, BcfViewpoint } from './topic.js';

export interface TopicParts {
  markup: Markup;
  viewpoints: BcfViewpoint[];
  /** The name of the markup in the archive. */
  entry: string;
  folder: string;
  /** Of the archive. */
  version: string | null;
}

/** The topic and its warnings. Throws a BcfDefect where the markup has no topic, or nothing that identifies it. */
export function buildTopic(parts: TopicParts): { topic: BcfTopic; warnings: string[] } {
  const { markup, viewpoints, entry, version } = parts;
  const { hasTopic, warnings: odd, viewpoints: _, guid: written, status, type, ...rest } = markup;
  if (!hasTopic) throw new BcfDefect('holds no topic');
  const folder = lastSegment(parts.folder);
  const guid = written ?? folder;
  const warnings = [...odd];
  if (written === null) warnings.push('the topic has no GUID; the name of its folder is used');
  else if (written.toLowerCase() !== folder.toLowerCase())
    warnings.push(`the topic has the GUID ${cleanText(written, 60)}, not that of its folder`);
  if (markup.title === null) warnings.push('the topic has no title');
  const last = hasVerbalStatus(version) ? lastStatus(markup.comments) : null;
  const topic: BcfTopic = {
    guid,
    ...rest,
    status: status ?? last?.verbalStatus ?? null,
    type: type ?? last?.status ?? null,
    viewpoints,
    globalIds: [...new Set(viewpoints.flatMap(({ globalIds }) => globalIds))],
    entry,
  };
  return { topic, warnings };
}

/** VerbalStatus and Status of comments are the state of a topic only up to BCF 2.0 (buildingSMART/BCF-XML#28). */
function hasVerbalStatus(version: string | null): boolean {
  return version === '1.0' || version === '2.0';
}

/** The comment that says the state of the topic: by date where all have one, otherwise the last in the file. */
function lastStatus(comments: readonly BcfComment[]): BcfComment | null {
  const stated = comments.filter(({ verbalStatus, status }) => verbalStatus !== null || status !== null);
  const [first, ...others] = stated;
  if (first === undefined) return null;
  if (stated.some(({ date }) => date === null)) return stated.at(-1) ?? null;
  return others.reduce((last, next) => ((next.date ?? '') >= (last.date ?? '') ? next : last), first);
}
