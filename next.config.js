// Everything comes from the product itself; nobody may frame it. Next's own scripts stand in the page (no nonce, so that
// static pages stay static), and Mantine's styles on its elements; `next dev` evaluates what it reloads.
const dev = process.env.NODE_ENV === 'development';
const policy = {
  'default-src': "'self'",
  'script-src': `'self' 'unsafe-inline'${dev ? " 'unsafe-eval'" : ''}`,
  'style-src': "'self' 'unsafe-inline'",
  'img-src': "'self' data:",
  'worker-src': "'self' blob:",
  'object-src': "'none'",
  'base-uri': "'self'",
  'frame-ancestors': "'none'",
};
const securityHeaders = [
  { key: 'Content-Security-Policy', value: Object.entries(policy).map(([name, value]) => `${name} ${value}`).join('; ') },
  { key: 'X-Content-Type-Options', value: 'nosniff' },
  { key: 'X-Frame-Options', value: 'DENY' },
  // A link out of the product must not carry the key that was looked at.
  { key: 'Referrer-Policy', value: 'same-origin' },
];

/** @type {import('next').NextConfig} */
const config = {
  distDir: process.env.NEXT_DIST_DIR ?? '.next',
  serverExternalPackages: ['@clickhouse/client', '@nats-io/transport-node', '@nats-io/jetstream', 'prom-client'],
  headers: async () => [{ source: '/:path*', headers: securityHeaders }],
  // Where probes and Prometheus look by habit.
  rewrites: async () => ['/health', '/health/live', '/health/ready', '/metrics'].map((source) => ({ source, destination: `/api${source}` })),
  // `npm test` checks the types of everything; a start need not, and takes half the time.
  typescript: { ignoreBuildErrors: true },
  poweredByHeader: false,
  devIndicators: false,
};

export default config;
