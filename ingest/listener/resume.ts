import { DeliverPolicy, RetentionPolicy, type ConsumerConfig, type JetStreamManager } from '@nats-io/jetstream';
import type { Store } from '../../clickhouse/client';
import { backupNotes } from '../../clickhouse/queries/backups';

/** Where a durable consumer begins when it is made. */
export type Begin = Pick<ConsumerConfig, 'deliver_policy' | 'opt_start_time' | 'description'>;

/**
 * A restored store lacks what was recorded after its backup, and the consumer has that behind it. So the first listener
 * after a restore makes the consumer anew, and it reads the stream again from where the backup says; the consumer's
 * description tells the next listener that this was done.
 */
export async function beginOf(store: Store, manager: JetStreamManager, stream: string, durable: string): Promise<Partial<Begin>> {
  const notes = await backupNotes(store, { action: 'restored' });
  const [any] = notes;
  if (!any) return {};
  const description = `reads again after the restore of ${any.at}`;
  const info = await manager.consumers.info(stream, durable).catch(() => null);
  if (info?.config.description === description) return {};
  // A stream that lets go of what its consumers have read has nothing to read again, and would lose what waits.
  if ((await manager.streams.info(stream)).config.retention !== RetentionPolicy.Limits) return {};
  if (info) await manager.consumers.delete(stream, durable);
  const note = notes.find((each) => each.stream === stream);
  // Of a stream that the backup knows nothing of, everything is read.
  return note ? { deliver_policy: DeliverPolicy.StartTime, opt_start_time: new Date(note.resume_from).toISOString(), description } : { description };
}
