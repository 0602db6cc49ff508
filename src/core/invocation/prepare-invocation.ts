// Before anything leaves: the type of the model, the token, and the address to post to.
import { BimServiceError } from '../../errors.js';
import { sameSchema } from '../../protocol/content/schema-names.js';
import type { Dialect } from '../../protocol/dialects/dialect.js';
import { dialectOf } from '../../protocol/dialects/dialect-of.js';
import { streamAddress } from '../../protocol/invocation/run-channel.js';
import { checkEndpoint } from '../../protocol/repository/addresses.js';
import type { Service } from '../../protocol/repository/service.js';
import { cleanText } from '../../protocol/text/clean-text.js';
import type { Secret } from '../../secret.js';
import { freshToken, lifetimeNeeded } from '../authorization/fresh-token.js';
import type { TokenPorts } from '../authorization/obtain-token.js';
import { storedToken } from '../authorization/stored-token.js';
import type { AccessToken } from '../ports/credentials.js';
import type { ModelSource } from '../ports/model.js';

export interface PrepareInput {
  service: Service;
  model: ModelSource;
  /** `--input-type`: overrides what the model looks like. */
  inputType: string | null;
  allowEmpty: boolean;
  /** BIMSERVICE_TOKEN: wins over the store. */
  environmentToken: Secret | null;
  insecure: boolean;
}

export interface Prepared {
  model: ModelSource;
  url: string;
  /** Null for an open service. */
  token: Secret | null;
  /** As it is sent. */
  inputType: string;
  sendAs: 'Authorization' | 'Token';
  dialect: Dialect;
  /** The websocket of the server, where one is known and a token can open it. */
  streamUrl: string | null;
}

/** Checks all that can be checked without the service. Every failure has the outcome `not-sent`. */
export async function prepareInvocation(
  input: PrepareInput,
  ports: TokenPorts,
  signal: AbortSignal,
): Promise<Prepared> {
  try {
    const schema = modelType(input, ports);
    const { token, url, stored } = await credentials(input, ports, signal);
    const dialect = dialectOf({ resourceUrl: url });
    const { capabilities } = input.service;
    return {
      model: input.model,
      inputType: dialect.inputType(input.service.inputs, schema),
      token,
      url,
      dialect,
      sendAs: stored?.sendAs ?? 'Authorization',
      streamUrl: token === null ? null : streamAddress(dialect, url, stored?.websocketUrl, capabilities),
    };
  } catch (error) {
    if (error instanceof BimServiceError) {
      error.outcome ??= 'not-sent';
      error.phase ??= 'preflight';
      error.service ??= input.service.id;
    }
    throw error;
  }
}

function modelType({ model, service, inputType, allowEmpty }: PrepareInput, ports: TokenPorts): string {
  const { detected } = model;
  const name = cleanText(model.path);
  if (detected.kind === 'refused' && detected.reason === 'empty') {
    if (!allowEmpty)
      throw new BimServiceError('model-empty', `${name} is empty (0 bytes)`, {
        hint: 'Export it again, or send it as it is with --allow-empty.',
      });
    return inputType ?? service.inputs[0] ?? 'IFC_STEP';
  }
  if (inputType !== null) return inputType;
  if (detected.kind === 'refused') {
    throw new BimServiceError('not-a-model', `${name} ${detected.message}`, {
      hint: 'To send it all the same, name its type: --input-type TYPE',
    });
  }
  for (const warning of detected.warnings) ports.reporter.warn(`${name}: ${warning}`);
  if (service.inputs.length > 0 && !service.inputs.some((type) => sameSchema(type, detected.type))) {
    const listed = service.inputs.map((type) => cleanText(type, 40)).join(', ');
    ports.reporter.warn(
      `${service.id} does not list ${detected.type} (it lists ${listed}); sending it all the same`,
    );
  }
  return detected.type;
}

async function credentials(
  input: PrepareInput,
  ports: TokenPorts,
  signal: AbortSignal,
): Promise<{ token: Secret | null; url: string; stored?: AccessToken }> {
  const { service, environmentToken, insecure } = input;
  if (environmentToken !== null) {
    if (!/^[\x21-\x7e]+$/.test(environmentToken.reveal())) {
      throw new BimServiceError('usage', 'BIMSERVICE_TOKEN holds characters that no header can carry');
    }
    return { token: environmentToken, url: service.resourceUrl };
  }
  if (service.oauth === null) return { token: null, url: service.resourceUrl };
  const stored = await storedToken(service, ports);
  const token = await freshToken(service, stored, lifetimeNeeded(input.model.length), ports, signal);
  return { token: token.accessToken, url: addressOf(service, token, insecure, ports), stored: token };
}

/** Where the token is to be used: the address that came with it, else the repository's (PROTOCOL 1.4). */
function addressOf(service: Service, token: AccessToken, insecure: boolean, ports: TokenPorts): string {
  if (token.resourceUrl === null) return service.resourceUrl;
  const url = checkEndpoint(token.resourceUrl, { insecure });
  if (url.origin !== new URL(service.resourceUrl).origin) {
    ports.reporter.warn(
      `the token of ${service.id} belongs to ${url.host}, not to ${new URL(service.resourceUrl).host}; posting there`,
    );
  }
  return token.resourceUrl;
}
