'use client';

import { Anchor, Code, List, Text } from '@mantine/core';
import { FilterLink } from '../components/filters/filter-link';
import { Section } from '../components/section';

const PUBLISH = `nats pub --jetstream events.procurement.receipt.confirmed.ST-ANNA \\
  --header "Content-Type:application/cloudevents+json" \\
  '{"specversion":"1.0","id":"rcv-5521-1","source":"inventory","type":"procurement.receipt.confirmed.v1","time":"2026-03-06T14:05:11-06:00","data":{"facility":"ST-ANNA","document":{"id":"RCV-5521","date":"2026-03-06"},"lines":[{"id":"1","order":{"document":"PO-450017","line":"10"},"item":"ITM-00412","quantity":"12","uom":"EA"}]}}'`;

const IMPORT = 'npm run import -- history.csv --mapping scms';

/** What an empty log shows: how its first event gets there. The page changes by itself when one has come. */
export function FirstEvent() {
  return (
    <Section title="Send the first event" subtitle="This page fills by itself as soon as something has been recorded.">
      <List type="ordered" spacing="lg" styles={{ itemWrapper: { display: 'block' }, itemLabel: { display: 'block' } }}>
        <List.Item>
          <Text fw={600}>Choose the subject</Text>
          <Text size="sm">
            Every message is a CloudEvents 1.0 event on the subject <Code>events.&lt;family&gt;.&lt;document&gt;.&lt;action&gt;.&lt;facility&gt;</Code>, for example{' '}
            <Code>events.procurement.receipt.confirmed.ST-ANNA</Code>. The file <Code>docs/events.md</Code> has every type with a true example.
          </Text>
        </List.Item>
        <List.Item>
          <Text fw={600}>Publish it</Text>
          <Text size="sm" mb={6}>
            <Code>npm start</Code> prints the NATS address, the user and where its password is kept. With the NATS command line:
          </Text>
          <div className="tl-scroll-x"><Code block>{PUBLISH}</Code></div>
          <Text size="sm" c="dimmed" mt={6}>
            A message that cannot be read is not lost: it stands on <Anchor component={FilterLink} href="/failures#dead-letters" inherit>Failures</Anchor> with its reason. Python and JavaScript are in <Code>docs/events.md</Code>.
          </Text>
        </List.Item>
        <List.Item>
          <Text fw={600}>Or bring your history</Text>
          <Text size="sm" mb={6}>CSV, NDJSON, XES and OCEL 2.0, turned into events by a mapping file. Run twice, nothing counts twice.</Text>
          <div className="tl-scroll-x"><Code block>{IMPORT}</Code></div>
        </List.Item>
      </List>
    </Section>
  );
}
