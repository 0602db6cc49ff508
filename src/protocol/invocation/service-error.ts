// Recognizes a service's own error in the body of a response, whatever the response is labeled as (PROTOCOL 1.6, 1.8).

import { isHtmlPage, isHtmlPiece } from '../content/content-kind.js';
import { xmlElements } from '../content/xml-scan.js';
import { cleanText } from '../text/clean-text.js';
import { objectOf, parseObject } from '../text/json-object.js';
import { jsonReason, reasonText, withoutMark } from './failure-text.js';

/** A longer body (bytes) is a result, whatever its members are called. */
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

/** The error that a body is; null when it is none. `text` is the whole body, at most `LONGEST_ERROR` bytes. */
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
    words: jsonReason(fields) ?? cleanText(JSON.stringify(fields)),
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

const PHP_LEVEL =
  '(?:(?:catchable |recoverable )?fatal error|parse error|(?:core |compile |user )?warning|notice|deprecated|strict standards)';
// PHP always names the script. A report about a model has warnings with line numbers too.
const PHP_TAIL = String.raw`[^\n]{0,4000}? in (?:<b>)?[^\n]{0,300}?(?:\.php|\.inc|\.phtml|eval\(\)'d code|Unknown)[^\n]{0,100}? on line (?:<b>)?\d+`;
/** As PHP writes it first of all: in HTML, as plain text, or with its own name before it. */
const PHP_START = new RegExp(`^(?:<br ?/?>\\s*|<b>|php )*${PHP_LEVEL}(?:</b>)?:${PHP_TAIL}`, 'i');
/** A fatal error ends a script in the middle of its output. */
const PHP_FATAL = new RegExp(`^(?:<br ?/?>|<b>|php )*fatal error(?:</b>)?:${PHP_TAIL}`, 'im');
const PHP_UNCAUGHT = /^(?:<br ?\/?>|<b>|php )*fatal error(?:<\/b>)?: {1,2}uncaught /im;

/** The message of PHP; the lines after an uncaught exception are its stack. */
function phpError(body: string): string | null {
  const found =
    PHP_START.exec(body) ?? PHP_FATAL.exec(body) ?? /^.*/.exec(PHP_UNCAUGHT.test(body) ? body : '');
  return found === null || found[0] === '' ? null : reasonText(found[0]);
}

interface HtmlContext extends ErrorContext {
  /** The response says that it is HTML. */
  isHtml: boolean;
}

const PIECE_TAG =
  /<\/?(?:h[1-6]|p|div|span|br|hr|b|i|em|strong|center|font|pre|table|ul|li|form|a|body|html)(?=[\s/>])/i;
const REDIRECT =
  /<script\b[^>]{0,300}>[^<]{0,4000}?\blocation\s*(?:\.\s*(?:href|replace|assign)\s*[=(]|=)\s*["'`]?([^"'`\s)<]{0,300})|<meta\b[^>]{0,300}http-equiv\s*=\s*["']?refresh[^>]{0,300}?url\s*=\s*["']?([^"'\s>]{0,300})/i;

const ERROR_TITLE =
  /^(?:(?:http )?(?:status |error )?[45]\d\d\b|(?:error|access denied|forbidden|unauthori[sz]ed|internal server error|bad gateway|service unavailable|gateway time-?out|(?:page |file )?not found)[.!\s]*$)/i;

/** A page with more text of its own than this (characters) is not only there to lead elsewhere. */
const LONGEST_REDIRECT_TEXT = 300;

function htmlError(body: string, context: HtmlContext): ServiceError | null {
  const isPage = isHtmlPage(body);
  const isPiece = !isPage && (isHtmlPiece(body) || (context.isHtml && PIECE_TAG.test(body)));
  if (!isPage && !isPiece) return null;
  const title = cleanText(/<title[^>]{0,300}>([^<]{1,300})/i.exec(body)?.[1] ?? '', 200);
  const text = reasonText(body);
  const words = [title, text.startsWith(title) ? text.slice(title.length).trim() : text]
    .filter(Boolean)
    .join(': ');
  const target = REDIRECT.exec(body);
  if (target !== null && text.length <= LONGEST_REDIRECT_TEXT) {
    const where = cleanText((target[1] ?? target[2] ?? '').replace(/[?#].*/, ''), 100);
    return { form: 'script-redirect', words: `a page that leads to ${where || 'another page'}` };
  }
  if (/<input\b[^>]{0,300}\btype\s*=\s*["']?password/i.test(body)) return { form: 'login-page', words };
  if (ERROR_TITLE.test(title)) return { form: 'error-page', words };
  return isPiece && !context.htmlExpected ? { form: 'html-piece', words } : null;
}

const XML_ROOTS = /^(?:error|errorresponse|fault|exception|exceptionreport|serviceexceptionreport|problem)$/i;
const XML_WORDS =
  /<(?:[\w.-]+:)?(code|faultcode|message|faultstring|text|exceptiontext|serviceexception|title|detail|description|reason)\b[^>]*>(?:<!\[CDATA\[)?([^<]{1,1000})/gi;

/** S3 and its kin: `<Error><Code>…</Code><Message>…`; SOAP faults; the exception reports of OGC services. */
function xmlError(body: string): ServiceError | null {
  const elements = xmlElements(new TextEncoder().encode(body));
  const root = elements.next().value;
  if (root === undefined) return null;
  const isFault =
    XML_ROOTS.test(root.localName) ||
    (root.localName === 'Envelope' && [...elements].some(({ localName }) => localName === 'Fault'));
  if (!isFault) return null;
  const found = [...body.matchAll(XML_WORDS)].map(([, , text = '']) => cleanText(text, 200)).filter(Boolean);
  return {
    form: 'xml',
    words: found.length > 0 ? cleanText([...new Set(found)].join(': '), 300) : reasonText(body),
  };
}
