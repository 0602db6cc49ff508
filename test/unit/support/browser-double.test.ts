// The person double walks redirects and forms like a browser, and complains when it was not used as promised.

import { describe, expect, test } from 'vitest';
import { Person } from '../../support/browser-double.js';
import { header, type PlannedResponse, StrictServer } from '../../support/strict-server.js';

const html = (body: string): PlannedResponse => ({
  status: 200,
  headers: [['Content-Type', 'text/html']],
  body,
});
const to = (location: string, ...cookies: string[]): PlannedResponse => ({
  status: 302,
  headers: [['Location', location], ...cookies.map((cookie) => ['Set-Cookie', cookie] as const)],
});
const site = () =>
  StrictServer.start({
    start: { method: 'GET', path: '/start', handle: () => to('/middle?a=b', 'SID=1; path=/', 'old=2') },
    middle: {
      method: 'GET',
      path: '/middle',
      handle: () => to('form', 'old=; expires=Thu, 01 Jan 1970 00:00:00 GMT'),
    },
    form: {
      method: 'GET',
      path: '/form',
      handle: () =>
        html(
          '<form action="/end?x=1&amp;y=2" method="post"><input type="hidden" name="keep" value="k&amp;k">' +
            '<input name="login"><button name="do" value="yes">Yes</button><button name="do" value="no">No</button></form>',
        ),
    },
    end: {
      method: 'POST',
      path: '/end',
      handle: (seen) => html(`${seen.target} ${seen.body} ${header(seen, 'cookie')}`),
    },
    loop: { method: 'GET', path: '/loop', handle: () => to('/loop') },
    away: { method: 'GET', path: '/away', handle: () => to('http://192.0.2.1/') },
  });

describe('walks', () => {
  test('redirects, cookies and a form, and presses the given button', async () => {
    await using server = await site();
    await using person = new Person({ answers: { login: 'ada' }, press: 'no' });
    await person.open(`${server.origin}/start`);
    const visit = await person.visit();
    expect(visit.hops.map((hop) => hop.replace(server.origin, ''))).toEqual([
      '/start',
      '/middle?a=b',
      '/form',
      '/end?x=1&y=2',
    ]);
    expect(visit.body).toBe('/end?x=1&y=2 keep=k%26k&login=ada&do=no SID=1');
    await person.assertDone();
  });

  test('a form is the last page for a person without values', async () => {
    await using server = await site();
    await using person = new Person();
    await person.open(`${server.origin}/start`);
    expect((await person.visit()).body).toContain('<form');
  });
});

describe('complains', () => {
  test('when it was never opened', async () => {
    await using person = new Person();
    await expect(person.assertDone()).rejects.toThrow('opened 0 times, not 1');
    await expect(person.visit()).rejects.toThrow('never opened');
  });

  test('when it was opened once too often', async () => {
    await using person = new Person({ behavior: 'ignore' });
    await person.open('http://127.0.0.1:9/');
    await expect(person.open('http://127.0.0.1:9/')).rejects.toThrow('too often');
    await expect(person.assertDone()).rejects.toThrow('opened 2 times');
  });

  test.each([
    ['no listener (B025)', 'http://127.0.0.1:9/', /ECONNREFUSED/],
    ['another program than a browser is meant (B029)', 'file:///etc/hostname', /only/],
    ['it would leave this machine', '/away', /192\.0\.2\.1/],
    ['redirects go round', '/loop', /stopped after/],
    ['the button is not there', '/form', /no button maybe/],
  ])('when %s', async (_, address, complaint) => {
    await using server = await site();
    await using person = new Person({ answers: {}, press: 'maybe' });
    await person.open(address.startsWith('/') ? `${server.origin}${address}` : address);
    await expect(person.assertDone()).rejects.toThrow(complaint);
  });
});

test('no browser: open rejects, and that is no complaint (B023)', async () => {
  await using person = new Person({ behavior: 'missing' });
  await expect(person.open('http://127.0.0.1:9/')).rejects.toThrow('no browser');
  await person.assertDone();
});
