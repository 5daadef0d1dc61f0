// The catalogue entry of the upstream, as the captures' README describes it, for the instance under test.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { upstreamHost } from './upstream.ts';

const entry = {
  display_name: 'Fake API',
  categories: ['other'],
  auth_mode: 'API_KEY',
  docs: 'https://example.com/docs',
  docs_connect: 'https://example.com/docs/connect',
  credentials: { apiKey: { type: 'string', title: 'API Key', description: 'Your API Key' } },
  proxy: {
    base_url: `http://${upstreamHost}`,
    headers: { authorization: 'Bearer ${apiKey}' },
    paginate: {
      type: 'link',
      link_rel_in_response_header: 'next',
      response_path: '',
      limit_name_in_request: 'limit',
    },
  },
};

export function writeFakeProvider(folder: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'fake-api.yaml'), `${JSON.stringify(entry, null, 2)}\n`); // JSON is YAML
}
