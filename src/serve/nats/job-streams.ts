// The streams of NATS: runs that wait, those that were given up, and their files.

import { readMembers } from '../store/members.js';
import type { Link } from './link.js';
import { apiCode } from './nats-error.js';
import { frame, type Job, Names, type Timings } from './wire.js';

/** Runs that were given up are kept for an operator this long, ms, and at most so many. */
const DEAD_MS = 30 * 24 * 3_600_000;
const MOST_DEAD = 10_000;

/** A run that no worker has finished, as an operator sees it. */
export interface DeadJob {
  readonly id: string;
  readonly service: string;
  readonly reason: string;
  readonly bytes: number;
  readonly queuedAt: number;
  readonly diedAt: number;
}

/** Makes the streams where they are missing. Rejects with NatsError. */
export async function ensureStreams(link: Link): Promise<void> {
  const { RetentionPolicy, StorageType, DiscardPolicy } = link.modules.jetstream;
  const names = new Names(link.name);
  const common = { storage: StorageType.File, num_replicas: link.replicas };
  await ensure(link, {
    ...common,
    name: names.jobsStream,
    subjects: [names.jobs('*')],
    retention: RetentionPolicy.Workqueue,
    discard: DiscardPolicy.New,
  });
  await ensure(link, {
    ...common,
    name: names.deadStream,
    subjects: [names.dead('*')],
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.Old,
    max_age: DEAD_MS * 1e6,
    max_msgs: MOST_DEAD,
  });
  await ensure(link, {
    ...common,
    name: names.filesStream,
    subjects: [names.files()],
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.New,
    // A chunk that is sent a second time takes the place of the first one.
    max_msgs_per_subject: 1,
    allow_direct: true,
  });
}

type StreamWords = Parameters<Link['jsm']['streams']['add']>[0];

/** What an operator has changed in an existing stream stays. */
async function ensure(link: Link, words: StreamWords): Promise<void> {
  await link.ask(async () => {
    try {
      await link.jsm.streams.info(words.name);
    } catch (error) {
      if (apiCode(error) !== link.modules.jetstream.JetStreamApiCodes.StreamNotFound) throw error;
      await link.jsm.streams.add(words);
    }
  });
}

/** The consumer of a service's runs, which all its workers share. Rejects with NatsError. */
export async function ensureConsumer(link: Link, service: string, timings: Timings): Promise<string> {
  const { AckPolicy, DeliverPolicy } = link.modules.jetstream;
  const names = new Names(link.name);
  const name = names.consumer(service);
  await link.ask(() =>
    link.jsm.consumers.add(names.jobsStream, {
      durable_name: name,
      filter_subject: names.jobs(service),
      ack_policy: AckPolicy.Explicit,
      deliver_policy: DeliverPolicy.All,
      ack_wait: timings.ackWait * 1e6,
      // The front end of a run counts how often it was begun, not how often it was delivered.
      max_deliver: -1,
      max_ack_pending: 10_000,
    }),
  );
  return name;
}

/** Puts a run where an operator sees it. */
export async function recordDead(
  link: Link,
  job: Omit<Job, 'inline' | 'ticket' | 'shared' | 'first' | 'front' | 'modelName'>,
  reason: string,
): Promise<void> {
  const { id, service, bytes, queuedAt } = job;
  const dead: DeadJob = { id, service, reason, bytes, queuedAt, diedAt: Date.now() };
  const subject = new Names(link.name).dead(service);
  await link.ask(() => link.js.publish(subject, frame(dead), { msgID: `dead-${id}` }));
}

/** How many runs were given up. Rejects with NatsError. */
export async function countDead(link: Link): Promise<number> {
  const { deadStream } = new Names(link.name);
  return (await link.ask(() => link.jsm.streams.info(deadStream))).state.messages;
}

/** Every run that was given up, the oldest first. Rejects with NatsError. */
export async function listDead(link: Link): Promise<DeadJob[]> {
  const { deadStream } = new Names(link.name);
  return link.ask(async () => {
    const { state } = await link.jsm.streams.info(deadStream);
    if (state.messages === 0) return [];
    const consumer = await link.js.consumers.get(deadStream);
    const dead: DeadJob[] = [];
    for await (const message of await consumer.fetch({ max_messages: state.messages, expires: 5000 })) {
      dead.push(readDead(JSON.parse(message.string())));
    }
    return dead;
  });
}

/** Forgets the runs that were given up, and returns how many there were. */
export async function purgeDead(link: Link): Promise<number> {
  const { purged } = await link.ask(() => link.jsm.streams.purge(new Names(link.name).deadStream));
  return purged;
}

export interface ServiceJobs {
  readonly service: string;
  readonly waiting: number;
  readonly running: number;
}

/** The runs of each service that ever had a worker, and how many were given up. Rejects with NatsError. */
export async function countJobs(link: Link): Promise<{ services: ServiceJobs[]; dead: number }> {
  const names = new Names(link.name);
  return link.ask(async () => {
    const services: ServiceJobs[] = [];
    for await (const { name, num_pending: waiting, num_ack_pending: running } of link.jsm.consumers.list(
      names.jobsStream,
    )) {
      services.push({ service: name.replace(names.consumer(''), ''), waiting, running });
    }
    services.sort((a, b) => a.service.localeCompare(b.service));
    return { services, dead: await countDead(link) };
  });
}

function readDead(value: unknown): DeadJob {
  const { id, service, reason, bytes, queuedAt, diedAt } = readMembers(value);
  return {
    id: String(id),
    service: String(service),
    reason: String(reason),
    bytes: Number(bytes),
    queuedAt: Number(queuedAt),
    diedAt: Number(diedAt),
  };
}
