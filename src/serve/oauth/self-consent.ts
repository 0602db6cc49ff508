// The demo without a browser: requests and submits the consent page over HTTP, like a browser.

import type { Browser } from '../../core/ports/login.js';
import { BimServiceError } from '../../errors.js';
import { answerConsentPage } from './consent-answer.js';

/** A Browser that clicks Allow on the consent page of our own provider. It opens only loopback addresses. */
export function selfConsent(): Browser {
  return {
    async open(url) {
      const shown = await fetch(url);
      const page = { url, html: await shown.text(), setCookie: shown.headers.get('set-cookie') ?? undefined };
      const click = answerConsentPage(page, 'allow');
      if (click === undefined)
        throw new BimServiceError('internal', 'the demo did not find its own consent page');
      const { url: action, ...init } = click;
      const response = await fetch(action, { ...init, redirect: 'manual' });
      const location = response.headers.get('location');
      if (location === null)
        throw new BimServiceError('internal', `the demo's consent was refused (${response.status})`);
      await (await fetch(location)).text();
    },
  };
}
