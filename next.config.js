/** @type {import('next').NextConfig} */
const config = {
  distDir: process.env.NEXT_DIST_DIR ?? '.next',
  serverExternalPackages: ['@clickhouse/client', '@nats-io/transport-node', '@nats-io/jetstream'],
  poweredByHeader: false,
  devIndicators: false,
};

export default config;
