import { Message } from './components/message';

export const metadata = { title: 'Not found' };

export default function NotFound() {
  return (
    <Message kind="not-found" title="There is no such page" action={{ href: '/', label: 'Go to the overview' }}>
      The address may be mistyped or from an older version.
    </Message>
  );
}
