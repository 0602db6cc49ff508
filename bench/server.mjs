// Repository and services in a process of their own, started by stand.mjs: reads a model to its end as fast as it can
// and answers with another.

import { createServer } from 'node:http';
import { modelBytes } from './models.mjs';
import { ANSWER_NAME, LARGE, SMALL, serviceList } from './services.mjs';

const answers = new Map([SMALL, LARGE].map(({ path, bytes }) => [path, modelBytes(bytes)]));

/** Requests so far, told at `/seen`. */
let seen = 0;

const server = createServer((request, response) => {
  if (request.url === '/seen') return void response.end(String(seen));
  seen++;
  const answer = answers.get(request.url ?? '');
  if (request.method === 'POST' && answer !== undefined) {
    request.resume().on('end', () => answerModel(answer, response));
  } else if (request.url === '/services') {
    response.writeHead(200, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify(serviceList(`http://${request.headers.host}`)));
  } else {
    response.writeHead(404).end();
  }
});

/**
 * @param {Buffer} answer
 * @param {import('node:http').ServerResponse} response
 */
function answerModel(answer, response) {
  response.writeHead(200, {
    'Content-Type': 'application/octet-stream',
    'Content-Disposition': `attachment; filename="${ANSWER_NAME}"`,
    'Content-Length': answer.length,
  });
  response.end(answer);
}

server.listen(0, '127.0.0.1', () => process.send?.(server.address()));
process.on('disconnect', () => process.exit());
