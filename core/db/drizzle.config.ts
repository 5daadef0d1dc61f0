// For `npm run migrations`: writes SQL from the schema. Read what it writes: partitions and RLS are added by hand.
import { defineConfig } from 'drizzle-kit';

export default defineConfig({
  dialect: 'postgresql',
  schema: [
    'environments',
    'integrations',
    'connections',
    'connect-sessions',
    'functions',
    'deploys',
    'syncs',
    'function-checkpoints',
    'merging-marks',
    'locks',
    'async-actions',
    'idempotent-requests',
    'records',
    'events',
    'logs',
  ].map((noun) => `./core/db/schema/${noun}.ts`),
  out: './core/db/migrations',
});
