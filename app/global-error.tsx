'use client';

/** The last resort, when the layout itself fails: plain, since nothing of the house may be loaded. */
export default function GlobalError({ reset }: { error: Error; reset: () => void }) {
  return (
    <html lang="en">
      <body style={{ fontFamily: 'system-ui, sans-serif', padding: '3rem', maxWidth: '40rem', margin: '0 auto' }}>
        <h1>Throughline cannot draw this page</h1>
        <p>The server&rsquo;s log says why. If it has just been set up, check its configuration.</p>
        <button type="button" onClick={reset}>
          Try again
        </button>
      </body>
    </html>
  );
}
