'use client';

import { Message } from './components/message';

export default function PageError({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  return (
    <Message kind="error" title="Something went wrong here" onRetry={reset} action={{ href: '/', label: 'Go to the overview' }}>
      This is a defect of the product; your data is not touched.
      {error.digest ? ` The log has it under ${error.digest}.` : ''}
    </Message>
  );
}
