/** @type {import('next').NextConfig} */
const config = {
  distDir: process.env.NEXT_DIST_DIR ?? '.next',
  serverExternalPackages: ['@clickhouse/client', '@nats-io/transport-node', '@nats-io/jetstream'],
  // `npm test` checks the types of everything; a start need not, and takes half the time.
  typescript: { ignoreBuildErrors: true },
  poweredByHeader: false,
  devIndicators: false,
};

export default config;
