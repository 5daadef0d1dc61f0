// What a line says it needs and no request of the series makes: keys and environment variables.
import { randomUUID } from 'node:crypto';
import type { Api } from '../conformance/api.ts';
import { MissingValue } from './substitute.ts';

/** What requests may name from the first line on. */
export async function bringValues(api: Api, secretKey: string): Promise<Map<string, unknown>> {
  const limited = await api.ok<{ data: { secret: string } }>('POST', '/api-keys', {
    body: { display_name: 'reads records', scopes: ['environment:records:read'] },
  });
  return new Map<string, unknown>([
    ['secret_key', secretKey],
    ['limited_key', limited.data.secret],
    ['unknown_key', randomUUID()],
    ['in_one_hour', new Date(Date.now() + 3_600_000).toISOString()],
  ]);
}

/** @throws MissingValue for what nobody here can bring */
export async function provide(api: Api, need: string): Promise<void> {
  if (need === 'limited key' || need === 'unknown key') return; // among the values
  const [, name, value] = /^environment variable (\w+)=(.*)$/.exec(need) ?? [];
  if (name !== undefined) await api.ok('PUT', `/environment-variables/${name}`, { body: { value } });
  else if (need === 'no environment variable')
    await api.ok('PUT', '/environment-variables', { body: { variables: [] } });
  else throw new MissingValue(`${need}: nothing here brings it`);
}
