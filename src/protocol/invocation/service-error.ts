// Recognizes a service's own error in the body of a response, for every label of the response (PROTOCOL 1.6, 1.8).

import { isHtmlPage, isHtmlPiece } from '../content/content-kind.js';
import { xmlElements } from '../content/xml-scan.js';
import { cleanText } from '../text/clean-text.js';
import { before } from '../text/cut.js';
import { jsonTextOf, objectOf, parseObject } from '../text/json-object.js';
import { type Tag, tagsOf } from '../text/tags.js';
import { jsonReason, reasonText, withoutMark } from './failure-text.js';

/** A longer body (bytes) is a result, with any names of its members. */
export const LONGEST_ERROR = 64 * 1024;

export type ErrorForm =
  | 'json'
  | 'problem'
  | 'xml'
  | 'php'
  | 'html-piece'
  | 'error-page'
  | 'login-page'
  | 'script-redirect';

/** An error in the words of the service. */
export interface ServiceError {
  form: ErrorForm;
  /** One line of clean text. */
  words: string;
}

export interface ErrorContext {
  /** Content-Type of the response, null when it has none. */
  contentType: string | null;
  /** True where the service gives results in HTML: then a piece of HTML can be one. */
  htmlExpected: boolean;
}

/** Reads a body as an error of the service; null when it is something else. `text` is the whole body, at most `LONGEST_ERROR` bytes. */
export function serviceErrorIn(text: string, context: ErrorContext): ServiceError | null {
  const body = withoutMark(text).trim();
  if (body === '') return null;
  const mediaType = context.contentType ?? '';
  if (/^application\/problem\+(?:json|xml)\b/i.test(mediaType))
    return { form: 'problem', words: reasonText(body) };
  const fields = parseObject(body);
  if (fields !== null) return jsonError(fields);
  const php = phpError(body);
  if (php !== null) return { form: 'php', words: php };
  if (!body.includes('<')) return null;
  return htmlError(body, { ...context, isHtml: /^text\/html\b/i.test(mediaType) }) ?? xmlError(body);
}

/** Members beside an error that describe it further. Any other list or object is the content of a report. */
const DETAILS =
  /^(?:error|errors|details?|data|meta|links|help|violations|stack(?:trace)?|trace|cause|exception|response|request|headers|arguments|params|info|context|instance)$/i;

function jsonError(fields: Record<string, unknown>): ServiceError | null {
  const { code, message, error, status, success, ok } = fields;
  const exception = objectOf(objectOf(fields.response)?.exception) ?? objectOf(fields.exception);
  const isReport = Object.entries(fields).some(
    ([name, value]) =>
      !DETAILS.test(name) && typeof value === 'object' && value !== null && Object.keys(value).length > 0,
  );
  const error_ = (form: ErrorForm) => ({
    form,
    words: jsonReason(fields) ?? cleanText(jsonTextOf(fields)),
  });
  if (exception !== null) return error_('json');
  if (isReport) return null;
  if (typeof fields.title === 'string' && typeof status === 'number' && status >= 400)
    return error_('problem');
  const hasCode = typeof code === 'number' || typeof code === 'string';
  if (hasCode && typeof message === 'string') return error_('json');
  if (speaks(error)) return error_('json');
  const failed =
    success === false ||
    ok === false ||
    (typeof status === 'string' && /^(?:error|fail(?:ed|ure)?)$/i.test(status));
  return failed ? error_('json') : null;
}

/** `"error": null`, `""`, `false` and `{}` say that there is none. */
function speaks(error: unknown): boolean {
  const inner = objectOf(error);
  return inner === null
    ? error === true || (typeof error === 'string' && error.trim() !== '')
    : isDescribed(inner);
}

function isDescribed(inner: Record<string, unknown>): boolean {
  return ['message', 'code', 'type', 'reason', 'description', 'detail', 'status', 'msg', 'name'].some(
    (name) => inner[name] !== undefined && inner[name] !== null,
  );
}

const PHP_LEVELS: ReadonlySet<string> = new Set([
  ...['fatal error', 'parse error', 'catchable fatal error', 'recoverable fatal error'],
  ...['warning', 'core warning', 'compile warning', 'user warning'],
  ...['notice', 'user notice', 'deprecated', 'strict standards'],
]);

/** More lines of a body than this are not looked at. */
const MOST_LINES = 2000;

/**
 * The message of PHP: as the first line, at any level; a fatal error in any line, because it ends a script in the middle of
 * its output. The lines after an uncaught exception are its stack.
 */
function phpError(body: string): string | null {
  const lower = body.toLowerCase();
  if (!lower.includes(' on line ') && !lower.includes('uncaught ')) return null;
  let isFirst = true;
  for (const line of body.split('\n', MOST_LINES)) {
    const text = reasonText(line);
    if (text === '') continue;
    const level = phpLevel(text);
    if (level !== null && (isFirst || level.endsWith('fatal error'))) return text;
    isFirst = false;
  }
  return null;
}

/** The level of a line that PHP wrote: it names the script. A report about a model has warnings with line numbers too. */
function phpLevel(text: string): string | null {
  const lower = text.toLowerCase().replace(/^php /, '');
  const level = before(lower, ':').trim();
  if (!PHP_LEVELS.has(level)) return null;
  if (
    level.endsWith('fatal error') &&
    lower
      .slice(lower.indexOf(':') + 1)
      .trimStart()
      .startsWith('uncaught ')
  )
    return level;
  const scripts = ['.php', '.inc', '.phtml', "eval()'d code", ' in unknown '];
  // A long message is cut before its end, and then only a fatal error is beyond doubt.
  const isWhole = lower.includes(' on line ') && scripts.some((script) => lower.includes(script));
  return isWhole || (level.endsWith('fatal error') && lower.endsWith('…')) ? level : null;
}

interface HtmlContext extends ErrorContext {
  /** The response says that it is HTML. */
  isHtml: boolean;
}

const PIECE_TAGS: ReadonlySet<string> = new Set(
  'h1 h2 h3 h4 h5 h6 p div span br hr b i em strong center font pre table ul li form a body html'.split(' '),
);
const ERROR_TITLE =
  /^(?:(?:http )?(?:status |error )?[45]\d\d\b|(?:error|access denied|forbidden|unauthori[sz]ed|internal server error|bad gateway|service unavailable|gateway time-?out|not found|page not found|file not found)[.!\s]{0,9}$)/i;

/** A page with more text of its own than this (characters) is not only there to lead elsewhere. */
const LONGEST_REDIRECT_TEXT = 300;

function htmlError(body: string, context: HtmlContext): ServiceError | null {
  const isPage = isHtmlPage(body);
  const tags = tagsOf(body);
  const isPiece =
    !isPage &&
    (isHtmlPiece(body) || (context.isHtml && tags.some(({ name }) => PIECE_TAGS.has(name.replace('/', '')))));
  if (!isPage && !isPiece) return null;
  const title = cleanText(tags.find(({ name }) => name === 'title')?.text ?? '', 200);
  const text = reasonText(body);
  const words = [title, text.startsWith(title) ? text.slice(title.length).trim() : text]
    .filter(Boolean)
    .join(': ');
  const target = redirectIn(tags);
  if (target !== null && text.length <= LONGEST_REDIRECT_TEXT) {
    return { form: 'script-redirect', words: `a page that leads to ${target || 'another page'}` };
  }
  if (tags.some(({ name, attributes }) => name === 'input' && attributes.includes('type=password')))
    return { form: 'login-page', words };
  if (ERROR_TITLE.test(title)) return { form: 'error-page', words };
  return isPiece && !context.htmlExpected ? { form: 'html-piece', words } : null;
}

const ASSIGNMENTS = ['location=', 'location.href=', 'location.replace(', 'location.assign('];

/** Where a page sends its reader by script or by `refresh`, without its query; null where it does not. */
function redirectIn(tags: readonly Tag[]): string | null {
  for (const { name, attributes, text } of tags) {
    const isRefresh = name === 'meta' && attributes.includes('http-equiv=refresh');
    if (isRefresh && attributes.includes('url='))
      return targetOf(attributes.slice(attributes.indexOf('url=') + 4));
    if (name !== 'script') continue;
    const script = text.replace(/\s/g, '');
    const found = ASSIGNMENTS.find((assignment) => script.includes(assignment));
    if (found !== undefined) return targetOf(script.slice(script.indexOf(found) + found.length));
  }
  return null;
}

/** An address at the start of a text, without the quote before it, and without query and fragment. */
function targetOf(text: string): string {
  const bare = /^["'`]/.test(text) ? text.slice(1) : text;
  return cleanText(before(bare, '"\'`)<>;?#'), 100);
}

const XML_ROOTS = /^(?:error|errorresponse|fault|exception|exceptionreport|serviceexceptionreport|problem)$/i;
const XML_WORDS: ReadonlySet<string> = new Set([
  ...['code', 'faultcode', 'message', 'faultstring', 'text', 'exceptiontext', 'serviceexception'],
  ...['title', 'detail', 'description', 'reason'],
]);

/** As in S3: `<Error><Code>…</Code><Message>…`; SOAP faults; the exception reports of OGC services. */
function xmlError(body: string): ServiceError | null {
  const elements = xmlElements(new TextEncoder().encode(body));
  const root = elements.next().value;
  if (root === undefined) return null;
  const isFault =
    XML_ROOTS.test(root.localName) ||
    (root.localName === 'Envelope' && [...elements].some(({ localName }) => localName === 'Fault'));
  if (!isFault) return null;
  const found = tagsOf(body)
    .filter(({ name }) => XML_WORDS.has(name))
    .map(({ text }) => cleanText(text, 200))
    .filter(Boolean);
  return {
    form: 'xml',
    words: found.length > 0 ? cleanText([...new Set(found)].join(': '), 300) : reasonText(body),
  };
}
