// A double of the Browser port for a person with a browser: follows redirects, fills in forms, reads the last page.

import { AssertionError } from 'node:assert';
import { Agent, request } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { Browser } from '../../src/core/ports/login.js';

export interface PersonOptions {
  /** How often the browser must be opened in total. */
  opens?: number;
  /**
   * The values for form fields, by name. Without it a page with a form is the last page. A field without a value here
   * keeps its own value.
   */
  answers?: Readonly<Record<string, string>>;
  /** The value (or the text, when it has no value) of the button to press when a form has several. */
  press?: string;
  /** `ignore`: the window opens and the person leaves. `missing`: no browser can be started. */
  behavior?: 'follow' | 'ignore' | 'missing';
}

export interface Visit {
  /** The address that the program opened. */
  opened: string;
  /** Every address that was visited, beginning with the opened one. */
  hops: string[];
  status: number;
  /** Name, value, name, value … as sent. */
  rawHeaders: string[];
  body: string;
}

interface Page {
  status: number;
  rawHeaders: string[];
  location: string | undefined;
  body: string;
}

const MOST_HOPS = 20;

/** `assertDone` fails when it was not opened as often as expected, or when a visit ended in an error. */
export class Person implements Browser, AsyncDisposable {
  readonly opened: string[] = [];
  readonly #options: PersonOptions;
  readonly #walks: Promise<Visit>[] = [];
  readonly #agent = new Agent({ keepAlive: true });
  readonly #cookies = new Map<string, string>();

  constructor(options: PersonOptions = {}) {
    this.#options = options;
  }

  /** Like a real browser: resolves when the window is open, not when the person is done. */
  async open(url: string): Promise<void> {
    this.opened.push(url);
    if (this.opened.length > (this.#options.opens ?? 1))
      throw new Error('the browser double was opened too often');
    if (this.#options.behavior === 'missing') throw new Error('no browser could be started');
    if (this.#options.behavior === 'ignore') return;
    const walk = this.#walk(url);
    // `visit` throws the failure; until then it must not count as an unhandled rejection.
    walk.catch(() => {});
    this.#walks.push(walk);
  }

  /** The end of the n-th visit. @throws the error of the visit, or AssertionError when there was none. */
  async visit(index = 0): Promise<Visit> {
    const walk = this.#walks[index];
    if (walk === undefined) throw new AssertionError({ message: 'the browser double was never opened' });
    return walk;
  }

  /** @throws AssertionError when it was opened too rarely or too often, and when a visit failed. */
  async assertDone(): Promise<void> {
    const promised = this.#options.opens ?? 1;
    if (this.opened.length !== promised) {
      throw new AssertionError({
        message: `the browser double was opened ${this.opened.length} times, not ${promised}`,
      });
    }
    await Promise.all(this.#walks);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#agent.destroy();
    await Promise.allSettled(this.#walks);
  }

  async #walk(opened: string): Promise<Visit> {
    const hops = [opened];
    let page = await this.#load('GET', opened);
    while (hops.length < MOST_HOPS) {
      const here = hops.at(-1) ?? opened;
      if (page.location !== undefined) {
        const next = new URL(page.location, here).href;
        hops.push(next);
        page = await this.#load('GET', next);
        continue;
      }
      const form = this.#options.answers === undefined ? null : readForm(page.body);
      if (form === null) {
        return { opened, hops, status: page.status, rawHeaders: page.rawHeaders, body: page.body };
      }
      const fields = this.#fill(form);
      const action = new URL(form.action, here);
      if (form.method === 'GET') action.search = fields.toString();
      hops.push(action.href);
      page = await this.#load(
        form.method,
        action.href,
        form.method === 'POST' ? fields.toString() : undefined,
      );
    }
    throw new Error(`the browser double stopped after ${MOST_HOPS} pages: ${hops.slice(-3).join(' -> ')}`);
  }

  #fill(form: Form): URLSearchParams {
    const fields = new URLSearchParams();
    for (const [name, value] of form.fields) fields.append(name, this.#options.answers?.[name] ?? value);
    const { press } = this.#options;
    const [first] = form.buttons;
    const several = form.buttons.length > 1 && press !== undefined;
    const button = several ? form.buttons.find(({ value, label }) => (value || label) === press) : first;
    if (several && button === undefined) throw new Error(`the page has no button ${press}`);
    if (button?.name) fields.append(button.name, button.value);
    return fields;
  }

  async #load(method: string, address: string, body?: string): Promise<Page> {
    const url = new URL(address);
    if (url.protocol !== 'http:' || url.hostname !== '127.0.0.1') {
      throw new Error(`the browser double opens only http://127.0.0.1, not ${url.origin}`);
    }
    const headers: Record<string, string> = { Accept: 'text/html', 'Sec-Fetch-Mode': 'navigate' };
    if (body !== undefined) headers['Content-Type'] = 'application/x-www-form-urlencoded';
    // Cookies belong to hosts, not to ports (RFC 6265 8.5). With only one host, one jar is enough.
    if (this.#cookies.size > 0) headers.Cookie = [...this.#cookies].map((pair) => pair.join('=')).join('; ');
    return new Promise<Page>((resolve, reject) => {
      const outgoing = request(url, { method, headers, agent: this.#agent });
      outgoing.on('error', reject);
      outgoing.on('response', (response) => {
        for (const cookie of response.headers['set-cookie'] ?? []) this.#keep(cookie);
        buffer(response).then((bytes) => {
          const status = response.statusCode ?? 0;
          const redirected = status >= 300 && status < 400;
          resolve({
            status,
            rawHeaders: response.rawHeaders,
            location: redirected ? response.headers.location : undefined,
            body: bytes.toString(),
          });
        }, reject);
      });
      outgoing.end(body);
    });
  }

  #keep(cookie: string): void {
    const [pair = '', ...attributes] = cookie.split(';');
    const at = pair.indexOf('=');
    const name = pair.slice(0, at);
    const expires = attributes.map((text) => /^\s*expires=(.*)$/i.exec(text)?.[1]).find(Boolean);
    if (expires !== undefined && Date.parse(expires) <= Date.now()) this.#cookies.delete(name);
    else this.#cookies.set(name, pair.slice(at + 1));
  }
}

interface Form {
  method: 'GET' | 'POST';
  action: string;
  fields: Array<[name: string, value: string]>;
  buttons: Array<{ name: string; value: string; label: string }>;
}

/** The first form of a page. It reads enough HTML for pages that are written by hand. */
function readForm(html: string): Form | null {
  const found = /<form\b([^>]*)>([\s\S]*?)<\/form>/i.exec(html);
  if (found === null) return null;
  const [, head = '', inside = ''] = found;
  const fields = [...inside.matchAll(/<input\b([^>]*)>/gi)]
    .map(([, tag = '']) => [attribute(tag, 'name'), attribute(tag, 'value'), attribute(tag, 'type')] as const)
    .filter(([name, , type]) => name !== '' && type !== 'submit')
    .map(([name, value]): [string, string] => [name, value]);
  const buttons = [...inside.matchAll(/<button\b([^>]*)>([\s\S]*?)<\/button>/gi)].map(
    ([, tag = '', label = '']) => ({
      name: attribute(tag, 'name'),
      value: attribute(tag, 'value'),
      label: label.trim(),
    }),
  );
  const method = attribute(head, 'method').toUpperCase() === 'POST' ? 'POST' : 'GET';
  return { method, action: attribute(head, 'action'), fields, buttons };
}

function attribute(tag: string, name: string): string {
  const found = new RegExp(`(?:^|\\s)${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)'|([^\\s>]+))`, 'i').exec(tag);
  const raw = found?.[1] ?? found?.[2] ?? found?.[3] ?? '';
  return raw
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)))
    .replace(/&(quot|lt|gt|amp);/g, (_, entity: string) => {
      const plain: Record<string, string> = { quot: '"', lt: '<', gt: '>', amp: '&' };
      return plain[entity] ?? '';
    });
}
