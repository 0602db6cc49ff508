// Foreign text into Markdown.
import { cleanText } from './clean-text.js';
import { escapeMarkup } from './escape-markup.js';

/** What can begin markup, end a cell, or make math of GitHub (CommonMark 2.4: a backslash before ASCII punctuation). */
const MARKUP = /[\\`*_{}[\]()#+!|~$]/g;

/**
 * `text` on one line of at most `limit` characters, as it looks: no markup, no HTML, no link, no mention of a person, no
 * end of a cell.
 */
export function escapeMarkdown(text: string, limit: number): string {
  return escapeMarkup(cleanText(text, limit).replace(MARKUP, '\\$&'))
    .replaceAll('@', '&#64;')
    .replaceAll('://', ':&#47;&#47;')
    .replace(/www\./gi, (start) => start.replace('.', '\\.'));
}

/** `text` for between two backticks, also in a cell. */
export function escapeMarkdownCode(text: string): string {
  return cleanText(text, 200).replace(/[`|]/g, "'");
}
