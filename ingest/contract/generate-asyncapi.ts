import { FAMILIES } from './generate-docs';
import { exampleEvent, SORTED_TYPES } from './generate-schema';

/** The AsyncAPI 3.0 document: where events travel and what each message is. */
export function asyncApi(): object {
  const named = (ops: boolean) => SORTED_TYPES.filter(({ type }) => type.startsWith('ops.') === ops);
  const messagesOf = (ops: boolean) => Object.fromEntries(named(ops).map(({ type }) => [type, { $ref: `#/components/messages/${type}` }]));
  const refsOf = (channel: string, ops: boolean) => named(ops).map(({ type }) => ({ $ref: `#/channels/${channel}/messages/${type}` }));
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Throughline events',
      version: '1.0.0',
      description: 'Events of a hospital supply chain, from clinical usage to finance posting, as CloudEvents 1.0 on NATS JetStream. Made by `npm run docs:events`; events.md says how to publish.',
    },
    defaultContentType: 'application/cloudevents+json',
    servers: {
      nats: {
        host: '{host}:{port}',
        protocol: 'nats',
        description: 'NATS with JetStream. `npm start` prints the address of the embedded one.',
        variables: { host: { default: '127.0.0.1' }, port: { default: '4222' } },
        security: [{ $ref: '#/components/securitySchemes/user' }],
      },
    },
    channels: {
      events: {
        address: 'events.{family}.{document}.{action}.{facility}',
        title: 'What happened in the hospital and its systems',
        description: 'One JetStream stream (EVENTS). The parts are those of the type, then the facility, or _ where the event names none.',
        servers: [{ $ref: '#/servers/nats' }],
        parameters: {
          family: { description: 'First part of the type', enum: FAMILIES.filter((family) => family !== 'ops') },
          document: { description: 'Second part of the type, e.g. order' },
          action: { description: 'Third part of the type, e.g. created' },
          facility: { description: 'data.facility, with blanks, dots, * and > as _' },
        },
        messages: messagesOf(false),
      },
      ops: {
        address: 'ops.{document}.{id}',
        title: 'What people and the product did here',
        description: 'A JetStream stream of its own (OPS); only the product publishes here.',
        servers: [{ $ref: '#/servers/nats' }],
        parameters: {
          document: { description: 'Second part of the type, e.g. alert' },
          id: { description: 'data.document.id, with blanks, dots, * and > as _: one subject for everything that is done to one thing' },
        },
        messages: messagesOf(true),
      },
    },
    operations: {
      receiveEvent: { action: 'receive', title: 'Record an event', channel: { $ref: '#/channels/events' }, messages: refsOf('events', false) },
      sendAction: { action: 'send', title: 'Record an action', channel: { $ref: '#/channels/ops' }, messages: refsOf('ops', true) },
    },
    components: {
      securitySchemes: { user: { type: 'userPassword', description: 'NATS user and password; a token or a credentials file where your servers ask for one' } },
      messageTraits: {
        identified: {
          headers: {
            type: 'object',
            properties: {
              'Nats-Msg-Id': { type: 'string', description: 'Made from source, id and a hash of the body: a resend of the very same bytes is held back' },
              'Content-Type': { type: 'string', const: 'application/cloudevents+json' },
            },
          },
        },
      },
      messages: Object.fromEntries(
        SORTED_TYPES.map((type) => [
          type.type,
          {
            name: type.type,
            title: type.type,
            summary: type.summary,
            contentType: 'application/cloudevents+json',
            traits: [{ $ref: '#/components/messageTraits/identified' }],
            payload: { $ref: `./events.schema.json#/$defs/${type.type}` },
            examples: [{ name: 'example', payload: exampleEvent(type) }],
          },
        ]),
      ),
    },
  };
}
