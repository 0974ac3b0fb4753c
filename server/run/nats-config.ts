// The configuration of the embedded nats-server.
import { spawnSync } from 'node:child_process';

export interface NatsServerPlan {
  port: number;
  /** JetStream's folder */
  store: string;
  /** of the user `throughline` */
  password: string;
  /** of the user `publisher` */
  publisherPassword: string;
  /** for example [2, 9, 10] */
  version: readonly number[];
}

/** nats-server -v, for example "nats-server: v2.9.10". */
export function natsServerVersion(program: string): number[] {
  const output = spawnSync(program, ['-v'], { encoding: 'utf8' }).stdout ?? '';
  const found = /v(\d+)\.(\d+)\.(\d+)/.exec(output);
  return found ? found.slice(1, 4).map(Number) : [0, 0, 0];
}

/**
 * Two accounts. `throughline` holds the streams. A publisher's account reaches it through one
 * exported service, `events.>`: what it publishes there is kept in the stream and acknowledged,
 * as it would be in one account, but it can see neither `ops.>` nor the deliveries to the
 * product's own inboxes, where messages still hold what the listener takes out.
 */
export function natsConfig({ port, store, password, publisherPassword, version }: NatsServerPlan): string {
  const [major = 0, minor = 0] = version;
  const hasSyncInterval = major > 2 || (major === 2 && minor >= 10);
  const text = (value: string) => JSON.stringify(value);
  return `# Written at every start.
listen: "127.0.0.1:${port}"
server_name: throughline
max_payload: 8MB
jetstream {
  store_dir: ${text(store)}
  # Messages are written to the file at once and the file is synced to the disk on this beat:
  # a killed server loses nothing, a power cut at most what came since.
  ${hasSyncInterval ? 'sync_interval: "10s"' : '# (2 minutes: before 2.10 nats-server has no setting for it)'}
}
accounts {
  THROUGHLINE {
    jetstream: enabled
    users: [ { user: throughline, password: ${text(password)} } ]
    exports: [
      { service: "events.>", accounts: [PUBLISHERS] }
      { stream: "alerts.>", accounts: [PUBLISHERS] }
    ]
  }
  PUBLISHERS {
    users: [
      {
        user: publisher
        password: ${text(publisherPassword)}
        permissions: {
          publish: { allow: ["events.>"] }
          subscribe: { allow: ["_INBOX.>", "alerts.>"] }
        }
      }
    ]
    imports: [
      { service: { account: THROUGHLINE, subject: "events.>" } }
      { stream: { account: THROUGHLINE, subject: "alerts.>" } }
    ]
  }
}
`;
}
