// The run of one model as a use-case: what it asks of its ports, and what it says of the outcome.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { describe, expect, test, vi } from 'vitest';
import { ZipFile } from 'yazl';
import { planRun, runModel } from '../../../src/core/invocation/run-model.js';
import { BimServiceError } from '../../../src/errors.js';
import { stepModel } from '../../support/fixtures.js';
import { RunBench } from './run-bench.js';

const named = (name: string, body: string) => ({
  status: 200,
  headers: [['Content-Disposition', `attachment; filename="${name}"`]] as const,
  body,
  // Long enough that the wait is seen.
  delayMs: 50,
});

describe('runModel', () => {
  test('done: the result, its record and its receipt', async () => {
    await using at = await RunBench.start(() => named('r.txt', 'fine'));
    const { record, error, receipt } = await runModel(at.input(), at.ports(), at.bench.signal);
    expect(error).toBeNull();
    expect(record).toMatchObject({
      service: { id: 'check', resourceUrl: `${at.server.origin}/run` },
      outcome: 'done',
      input: { path: at.model, bytes: 5000, sha256: at.server.calls[0]?.sha256, type: 'IFC_STEP_4' },
      output: { path: join(at.results, 'r.txt'), bytes: 4 },
      http: { status: 200 },
      error: null,
    });
    expect(receipt).toBe(join(at.results, 'r.txt.run.json'));
    const written = JSON.parse(await readFile(receipt ?? '', 'utf8'));
    expect(written).toEqual({
      ...record,
      tool: 'bimservice',
      version: '1.2.3',
      startedAt: '2026-01-01T00:00:00.000Z',
      settings: {
        resourceUrl: `${at.server.origin}/run`,
        inputType: null,
        expect: null,
        contextId: null,
        fields: null,
      },
    });
    expect(at.asked).toEqual(['target', 'model']);
    expect(at.phases).toEqual(['connect', 'upload', 'wait', 'download']);
  });

  test('a zipped model: the record has the archive and the model that was sent, and the warnings', async () => {
    await using at = await RunBench.start(() => named('r.txt', 'fine'));
    const model = stepModel({ schema: 'IFC4' });
    const zip = new ZipFile();
    zip.addBuffer(model, 'inner/house.ifc');
    zip.end();
    const archive = await buffer(zip.outputStream);
    await writeFile(at.model, archive);
    const input = at.input({ inputType: 'IFC_XML_4' });
    const { record } = await runModel(input, at.ports(), at.bench.signal);
    const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
    expect(record).toMatchObject({
      input: {
        path: at.model,
        bytes: model.length,
        sha256: sha256(model),
        type: 'IFC_STEP_4',
        announcedType: 'IFC_XML_4',
        archive: {
          path: at.model,
          bytes: archive.length,
          sha256: sha256(archive),
          member: 'inner/house.ifc',
        },
      },
      flow: 'sync',
      warnings: [expect.stringContaining('is IFC_STEP_4 by its content')],
    });
  });

  test('without a receipt there is none', async () => {
    await using at = await RunBench.start(() => named('r.txt', 'fine'));
    const { receipt } = await runModel(at.input({ receipt: false }), at.ports(), at.bench.signal);
    expect(receipt).toBeNull();
    expect(await readdir(at.results)).toEqual(['r.txt']);
  });

  test('refused: the record has the error, and the receipt is called after the model', async () => {
    await using at = await RunBench.start(() => ({ status: 500, body: 'out of memory' }));
    const { record, error, receipt } = await runModel(at.input(), at.ports(), at.bench.signal);
    expect(error).toMatchObject({ code: 'service-failed', service: 'check', outcome: 'refused' });
    expect(record).toMatchObject({ outcome: 'refused', output: null, error: { code: 'service-failed' } });
    expect(receipt).toBe(join(at.results, 'house.ifc.check.run.json'));
    expect(await readdir(at.results)).toEqual(['house.ifc.check.run.json']);
  });

  test.each([500, 503, 404])(
    'a %i whose body trickles without end: the reason is what came in time',
    async (status) => {
      await using at = await RunBench.start(() => named('r.txt', 'fine'));
      let isClosed = false;
      const server = createServer((request, response) => {
        request.resume().on('end', () => {
          response.writeHead(status, { 'Content-Type': 'text/plain' }).write('out of memory');
          const trickle = setInterval(() => {
            response.write('.');
            at.bench.pass(1000);
          }, 5);
          response.on('close', () => {
            clearInterval(trickle);
            isClosed = true;
          });
        });
      });
      await once(server.listen(0, '127.0.0.1'), 'listening');
      const { port } = server.address() as AddressInfo;
      const input = at.input();
      const service = { ...input.service, resourceUrl: `http://127.0.0.1:${port}/run` };
      const { error } = await runModel({ ...input, service }, at.ports(), at.bench.signal);
      expect(error?.message).toMatch(/: out of memory\.+/);
      await vi.waitFor(() => expect(isClosed).toBe(true));
      server.close();
    },
  );

  test('a token that is missing: neither the result nor the model is opened', async () => {
    await using at = await RunBench.start(() => named('r.txt', 'fine'));
    const input = at.input();
    const url = `${at.server.origin}/oauth`;
    const oauth = { registerUrl: url, authorizationUrl: url, tokenUrl: url };
    const run = await runModel(
      { ...input, service: { ...input.service, oauth } },
      at.ports(),
      at.bench.signal,
    );
    expect(run.error).toMatchObject({ code: 'not-authorized', outcome: 'not-sent', phase: 'preflight' });
    expect(at.asked).toEqual([]);
    expect(await readdir(at.results)).toEqual([]);
  });

  test('a place that is taken: the model is not opened', async () => {
    await using at = await RunBench.start(() => named('r.txt', 'fine'));
    await writeFile(join(at.results, 'r.txt'), 'mine');
    const run = await runModel(at.input(), at.ports('r.txt'), at.bench.signal);
    expect(run.error).toMatchObject({ code: 'result-exists', outcome: 'not-sent' });
    expect(at.asked).toEqual(['target']);
    expect(run.receipt).toBeNull();
  });

  test('an abort while a model cannot be opened ends the run, and leaves no part', async () => {
    await using at = await RunBench.start(() => named('r.txt', 'fine'));
    const ports = { ...at.ports(), openModel: () => new Promise<never>(() => {}) };
    const running = runModel(at.input(), ports, at.bench.signal);
    setTimeout(() => at.bench.stop.abort(new BimServiceError('interrupted', 'interrupted')), 50);
    const { error } = await running;
    expect(error).toMatchObject({ code: 'interrupted', outcome: 'not-sent' });
    expect(error?.message).toBe('interrupted before the model was sent');
    expect(await readdir(at.results)).toEqual([]);
  });

  test('two runs that one signal ends have reasons of their own', async () => {
    let press = () => {};
    let end = () => {};
    const over = new Promise<void>((resolve) => {
      end = resolve;
    });
    await using at = await RunBench.start(async () => {
      press();
      await over;
      return named('r.txt', 'fine');
    });
    press = () => at.bench.stop.abort(new BimServiceError('interrupted', 'interrupted'));
    const stuck = { ...at.ports(), openModel: () => new Promise<never>(() => {}) };
    const [sent, waiting] = await Promise.all([
      runModel(at.input(), at.ports(), at.bench.signal),
      runModel(at.input(), stuck, at.bench.signal),
    ]).finally(end);
    expect(sent.error).toMatchObject({ code: 'interrupted', outcome: 'unknown' });
    expect(waiting.error).toMatchObject({ code: 'interrupted', outcome: 'not-sent' });
    expect(sent.record.error?.message).toBe(
      'interrupted after the model was sent: the service may have run it',
    );
  });
});

describe('planRun', () => {
  test('plans what runModel sends, and sends nothing', async () => {
    await using at = await RunBench.start(() => named('r.txt', 'fine'));
    at.server.expectCalls([]);
    const { plan, error } = await planRun(at.input({ contextId: 'c-1' }), at.ports(), at.bench.signal);
    expect(error).toBeNull();
    expect(plan).toMatchObject({
      url: `${at.server.origin}/run`,
      inputType: 'IFC_STEP_4',
      contextId: 'c-1',
      length: 5000,
    });
    expect(at.asked).toEqual(['model']);
    at.server.assertDone();
  });

  test('fails where runModel fails', async () => {
    await using at = await RunBench.start(() => named('r.txt', 'fine'));
    at.server.expectCalls([]);
    for (const options of [
      { flow: 'async' },
      { contextId: '€' },
      { fields: [{ name: 'a', text: 'b' }] },
    ] as const) {
      const planned = await planRun(at.input(options), at.ports(), at.bench.signal);
      const run = await runModel(at.input(options), at.ports(), at.bench.signal);
      expect(planned.error).toMatchObject({ code: 'usage', message: run.error?.message });
    }
    at.server.assertDone();
  });
});
