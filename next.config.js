/** @type {import('next').NextConfig} */
const config = {
  distDir: process.env.NEXT_DIST_DIR ?? '.next',
  serverExternalPackages: ['@clickhouse/client', '@nats-io/transport-node', '@nats-io/jetstream', 'prom-client'],
  // Where probes and Prometheus look by habit.
  rewrites: async () => ['/health', '/health/live', '/health/ready', '/metrics'].map((source) => ({ source, destination: `/api${source}` })),
  // `npm test` checks the types of everything; a start need not, and takes half the time.
  typescript: { ignoreBuildErrors: true },
  poweredByHeader: false,
  devIndicators: false,
};

export default config;
