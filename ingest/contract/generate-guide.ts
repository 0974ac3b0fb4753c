/** The hand-written part of docs/events.md. */
export function guide(): string {
  return `<!-- Made by \`npm run docs:events\` from ingest/contract. Change it there. -->

# Events

Every message is a [CloudEvents 1.0](https://github.com/cloudevents/spec) event on NATS JetStream, in JSON. This page says how to publish one, what Throughline does with it, and what each type holds. The same contract for machines: [events.schema.json](events.schema.json) (JSON Schema, draft 2020-12, one definition for each type) and [asyncapi.json](asyncapi.json) (AsyncAPI 3.0).

A system that speaks something else needs no change: a mapping file turns its messages into these events. See the mappings that ship with the product.

- [Your first event](#your-first-event)
- [Subjects](#subjects)
- [Structured and binary mode](#structured-and-binary-mode)
- [Identity](#identity)
- [Facts and hand-overs](#facts-and-hand-overs)
- [Order](#order)
- [Values](#values)
- [Patient data](#patient-data)
- [What is refused](#what-is-refused)
- [Common fields](#common-fields)
- [All types](#all-types)

## Your first event

\`npm start\` prints the address of its NATS server, the user and where its password is kept; with your own servers, use theirs. With the [NATS command line](https://github.com/nats-io/natscli):

\`\`\`sh
export NATS_URL=nats://127.0.0.1:4222 NATS_USER=publisher NATS_PASSWORD="$(cat data/publisher.password)"
EVENT='{"specversion":"1.0","id":"rcv-5521-1","source":"inventory","type":"procurement.receipt.confirmed.v1","time":"2026-03-06T14:05:11-06:00","data":{"facility":"ST-ANNA","document":{"id":"RCV-5521","date":"2026-03-06"},"lines":[{"id":"1","order":{"document":"PO-450017","line":"10"},"item":"ITM-00412","quantity":"12","uom":"EA"}]}}'
nats pub --jetstream events.procurement.receipt.confirmed.ST-ANNA "$EVENT" \\
  --header "Content-Type:application/cloudevents+json" \\
  --header "Nats-Msg-Id:$(printf 'inventory\\000rcv-5521-1\\000%s' "$EVENT" | sha256sum | cut -c1-40)"
\`\`\`

\`--jetstream\` waits until the stream has it. A second later the receipt is on \`/lineage/receipt-line/RCV-5521%2F1\`; a message that can't be read is on \`/failures\` with the reason.

Python, with [nats-py](https://github.com/nats-io/nats.py):

\`\`\`python
import asyncio, hashlib, json, os, nats

async def publish(event):
    nc = await nats.connect(os.environ["NATS_URL"], user=os.environ["NATS_USER"], password=os.environ["NATS_PASSWORD"])
    body = json.dumps(event).encode()
    family, document, action, _ = event["type"].split(".")
    message_id = hashlib.sha256(f'{event["source"]}\\0{event["id"]}\\0'.encode() + body).hexdigest()[:40]
    ack = await nc.jetstream().publish(
        f'events.{family}.{document}.{action}.{event["data"].get("facility", "_")}', body,
        headers={"Content-Type": "application/cloudevents+json", "Nats-Msg-Id": message_id})
    print(ack.stream, ack.seq)
    await nc.close()

asyncio.run(publish(json.load(open("event.json"))))
\`\`\`

JavaScript, with [@nats-io/transport-node and @nats-io/jetstream](https://github.com/nats-io/nats.js):

\`\`\`js
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { jetstream } from '@nats-io/jetstream';
import { connect, headers } from '@nats-io/transport-node';

const event = JSON.parse(readFileSync('event.json', 'utf8'));
const nats = await connect({ servers: process.env.NATS_URL, user: process.env.NATS_USER, pass: process.env.NATS_PASSWORD });
const body = JSON.stringify(event);
const [family, document, action] = event.type.split('.');
const hdrs = headers();
hdrs.set('Content-Type', 'application/cloudevents+json');
const msgID = createHash('sha256').update(\`\${event.source}\\0\${event.id}\\0\`).update(body).digest('hex').slice(0, 40);
const ack = await jetstream(nats).publish(\`events.\${family}.\${document}.\${action}.\${event.data.facility ?? '_'}\`, body, { headers: hdrs, msgID });
console.log(ack.stream, ack.seq);
await nats.close();
\`\`\`

Keep an event until its acknowledgement has come, and send the same bytes again when it has not: nothing counts twice.

## Subjects

\`\`\`
events.<family>.<document>.<action>.<facility>      events.procurement.receipt.confirmed.ST-ANNA
\`\`\`

The first three parts are those of the \`type\`; \`facility\` is \`data.facility\` with blanks, dots, \`*\` and \`>\` written as \`_\`, and \`_\` where there is none. Subjects serve filters and permissions. What an event means is in the event: one that came on another subject below \`events.>\` is recorded all the same.

The stream is \`EVENTS\` (\`NATS_STREAM\`). What people and the product itself do travels on \`ops.<document>.<document id>\`, in the stream \`OPS\`, where only the product may publish: everything that is done to one thing has one subject, whose sequence guards it. Alerts go out on \`alerts.<rule>.<facility>.<firing or recovered>\`.

## Structured and binary mode

**Structured**: the whole event is the body, with \`Content-Type: application/cloudevents+json\` or no content type and a JSON body that has \`specversion\`.

**Binary**: the body is \`data\` alone, and the attributes are headers with the prefix \`ce-\`. Header names are compared without case; values are percent-encoded where they hold anything but printable ASCII, a blank, \`"\` or \`%\`.

\`\`\`
Content-Type: application/json
ce-specversion: 1.0
ce-id: rcv-5521-1
ce-source: inventory
ce-type: procurement.receipt.confirmed.v1
ce-time: 2026-03-06T14:05:11-06:00

{"facility":"ST-ANNA","document":{"id":"RCV-5521","date":"2026-03-06"},"lines":[…]}
\`\`\`

## Identity

\`source\` + \`id\` name an event. Only a resend of the very same bytes keeps the id; each attempt of a hand-over is an event of its own with its own id. Two events of different content under one identity are both kept and flagged \`IDENTITY_CONFLICT\`.

\`Nats-Msg-Id\` is the first 40 hexadecimal digits of SHA-256 over \`source\`, a zero byte, \`id\`, a zero byte and the body. JetStream then holds back a resend within its window; what comes later is recognised in the database.

## Facts and hand-overs

A **fact** is a document line at a revision: receipt line 1 of RCV-5521 says that 12 arrived. A **hand-over** brings it over an \`interface\` to a \`target\`, in one or more attempts (\`attempt\`) with an \`outcome\` each. Quantities and money are counted by document, line and revision, never by event: a second attempt, a second target or a replay adds nothing. The fact holds whatever the outcome says: a failed hand-over of a receipt is still a receipt at its source, and missing at its target.

An event whose \`outcome\` is not \`succeeded\` says why in \`error\`. An event that is no hand-over, such as a fact stated by its own system, leaves \`outcome\` out.

A change to a document raises \`document.revision\` and states its lines in full. Reversals, returns and credits are documents of their own, with lines that name what they take back.

**Chains** are joined by business keys: a receipt line names its order line, an order line its requisition lines, an invoice line its order line. \`correlationid\` is kept and shown, but it is only a hint.

## Order

Events may come late, twice and in any order. What is in force is decided by \`document.revision\`, then the source's \`sequence\`, then \`time\`, then \`id\`, never by arrival.

## Values

- **Decimals** are JSON strings: quantities and money with up to 4 places, prices with up to 6. A JSON number is accepted where it has at most 15 digits and fits the places. More is refused rather than rounded.
- **Instants** are RFC 3339 with an offset: \`2026-03-06T14:05:11-06:00\`.
- **Dates** are \`YYYY-MM-DD\` in the zone of the facility.
- **Currency** is an ISO 4217 code on the document; a document with money and without currency is recorded, and its money stays unknown.
- **Leave out what you do not know.** What needs it is shown as unknown, naming the field; it is never taken as zero.
- Fields that are not in the contract are kept with the event and shown with it.

## Patient data

Send none: nothing here needs a patient. What comes all the same is taken out before anything is stored, and counted by source and field: encounters and cases (\`case\`) and serial numbers (\`serial\`, the serial in a \`udi\`) become keyed tokens, the same for the same value; names, record numbers, dates of birth and the like are replaced by \`[removed]\`, in fields, headers, subjects and free text alike. Identity is taken from the result.

## What is refused

What can't be read, or does not hold to its type, is recorded as a dead letter with the reason, the path of the field, and where it stands in the stream: no envelope (\`NOT_CLOUDEVENT\`), a type that is not listed here (\`UNKNOWN_TYPE\`), a field against its schema (\`INVALID\`). One bad message never holds up the others. Correct it and send it again, under the same or a new id.`;
}
