// What a model is, by its content.
import { resolve } from 'node:path';
import { notAModel } from '../../core/invocation/input-type.js';
import { Client } from '../client/client.js';

/** The schema name of the model in `file`. Throws BimServiceErrors `model-unreadable` and `not-a-model`. */
export async function modelType(client: Client, file: string): Promise<string> {
  using ports = Client.call(client, undefined);
  // Few callers need the readers of models.
  const { openModel } = await import('../../io/model/model-source.js');
  await using model = await openModel(resolve(ports.place.cwd, file));
  if (model.detected.kind === 'refused') throw notAModel(file, model.detected);
  return model.detected.type;
}
