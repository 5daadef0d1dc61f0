import fc from 'fast-check';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { arrayTypes } from './array-types.ts';
import { createOwnDatabase, type OwnDatabase } from './test-server.ts';

let own: OwnDatabase;
let client: postgres.Sql<{ texts: readonly string[]; bytes: readonly (Buffer | null)[] }>;
beforeAll(async () => {
  own = await createOwnDatabase('arrays');
  client = postgres(own.url, { max: 1, fetch_types: false, types: arrayTypes }) as unknown as typeof client;
});
afterAll(async () => {
  await client.end({ timeout: 1 });
  await own.drop();
});

const texts = fc.array(fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0') && text.isWellFormed()));

it('sends and reads texts as they are: quotes, backslashes, braces, commas, NULL, nothing', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(texts, fc.array(fc.constantFrom('', 'NULL', 'null', '"', '\\', '{}', ',', ' a ', 'a\nb', '\\"'))),
      async (values) => {
        const [row] =
          await client`SELECT ${client.types.texts(values)} AS values, cardinality(${client.types.texts(values)}) AS count`;
        expect(row!['values']).toEqual(values);
        expect(row!['count']).toBe(values.length);
      },
    ),
    { numRuns: 200 },
  );
});

it('sends bytes, null among them', async () => {
  const values = [Buffer.from([0, 255, 92, 34]), null, Buffer.alloc(0)];
  const rows = await client`SELECT b FROM unnest(${client.types.bytes(values)}) AS t(b)`;
  expect(rows.map((row) => row['b'] as Buffer | null)).toEqual(values);
});
