// A service's own error is found in a body under any label, and a report is not taken for one.
import { describe, expect, test } from 'vitest';
import { serviceErrorIn } from '../../src/protocol/invocation/service-error.js';

const found = (text: string, contentType: string | null = null, htmlExpected = false) =>
  serviceErrorIn(text, { contentType, htmlExpected });

describe('errors', () => {
  test.each<[string, string, string]>([
    ['{"code":5,"message":"No deserializer found"}', 'json', '5: No deserializer found'],
    ['\ufeff{"error":"quota exceeded","status":429}', 'json', 'quota exceeded'],
    ['{"error":{"code":7,"message":"No walls"}}', 'json', '7: No walls'],
    ['{"response":{"exception":{"__type":"UserException","message":"No rights"}}}', 'json', 'No rights'],
    ['{"success":false,"msg":"Too large"}', 'json', 'Too large'],
    ['{"title":"Unprocessable","status":422,"detail":"No IfcProject"}', 'problem', 'No IfcProject'],
    [
      '<?xml version="1.0"?><Error><Code>AccessDenied</Code><Message>No</Message></Error>',
      'xml',
      'AccessDenied: No',
    ],
    ['Fatal error: Allowed memory size exhausted in /srv/clash.php on line 88', 'php', 'Allowed memory'],
    ['<br />\n<b>Warning</b>:  x in <b>/srv/a.php</b> on line <b>3</b><br />\n{"a":1}', 'php', 'Warning'],
    ['5 walls\nPHP Fatal error:  Uncaught Exception: no memory in /srv/a.php:3', 'php', 'Uncaught'],
    ['<h1>Access denied</h1>', 'html-piece', 'Access denied'],
    ['<html><script>window.location.href = "/login?next=1"</script></html>', 'script-redirect', '/login'],
    ['<html><body><form>Sign in<input type="password"></form></body></html>', 'login-page', 'Sign in'],
    ['<html><head><title>503 Service Unavailable</title></head><body>x</body></html>', 'error-page', '503'],
  ])('%s is %s', (text, form, words) => {
    const error = found(text);
    expect(error?.form).toBe(form);
    expect(error?.words).toContain(words);
  });
});

test.each([
  '',
  '{"clashes":[],"error":null}',
  '{"code":500,"message":"walls","walls":[1]}',
  '{"errors":[{"message":"Wall has no name"}]}',
  'Warning: duplicate GUID #45 on line 12',
  '<report><wall/></report>',
  '<!doctype html><title>Report</title><h1>5 walls</h1>',
  'just text',
])('%s is none', (text) => {
  expect(found(text)).toBeNull();
});

test('what a page has in a comment is not in the page', () => {
  const report =
    '<!doctype html><title>Report</title><!-- <p>old</p> <input type="password"> --><h1>5 walls</h1>';
  expect(found(report)).toBeNull();
});

test('the title of a page is found behind letters whose lower case is longer', () => {
  const page = `<html><head><title>${'İ'.repeat(40)}</title></head><body>Sign in<input type="password"></body></html>`;
  expect(found(page)?.words).toMatch(/: Sign in$/);
});

/** As large as an error can be, and made to keep its reader busy or to end it. */
describe('hostile bodies of 64 KiB', () => {
  const nested = (start: string, depth: number) =>
    `${start}${'{"e":'.repeat(depth)}1${'}'.repeat(depth + 1)}`;

  test.each<[string, string]>([
    ['CDATA sections that never end', `<Error><Message>${'<![CDATA[>'.repeat(6500)}`],
    ['comments that never end', `<Error><Message>no${'<!-->'.repeat(13_000)}`],
    ['errors in errors', `{"success":false,"error":${'{"error":'.repeat(6400)}1${'}'.repeat(6401)}`],
    ['objects in objects', nested('{"success":false,"data":', 9000)],
  ])('%s', (_, body) => {
    expect(found(body)?.words.length).toBeLessThanOrEqual(300);
  });
});

test('a piece of HTML can be the result of a service that gives HTML', () => {
  expect(found('<h1>5 walls</h1>', 'text/html', true)).toBeNull();
});
