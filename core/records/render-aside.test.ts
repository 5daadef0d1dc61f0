import { createSecretKey, randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { createDataKeys } from '../crypto/data-keys.ts';
import { createCipher } from '../crypto/key-ring.ts';
import { openCursors } from './cursor.ts';
import { noMoment, type PackedRow } from './packed-row.ts';
import { renderAside } from './render-aside.ts';
import { renderRows } from './render-records.ts';

const environmentId = '0197e4a0-0000-7000-8000-000000000001';
const streamId = 12;
const key = () => createSecretKey(randomBytes(32));
const dataKeys = createDataKeys();
dataKeys.update([{ id: 1, key: key(), retiresInMs: null }]);
const cipher = createCipher({ environmentId, dataKeys, hashKey: key() });
const cursors = openCursors(key(), { environmentId, streamId, epoch: 1, cluster: randomBytes(7) });
const context = { cipher, streamId, cursors };

function row(number: number): PackedRow {
  const id = `id-${number}`;
  const facts = Buffer.alloc(42);
  facts.writeBigInt64BE(BigInt(number));
  facts.writeInt16BE(1, 8);
  facts.writeBigInt64BE(800_000_000_000_000n, 10);
  facts.writeBigInt64BE(800_000_000_000_042n, 18);
  noMoment.copy(facts, 26);
  noMoment.copy(facts, 34);
  const place = { table: 'records', column: 'body', row: `${streamId}/${id}` };
  return [Buffer.concat([facts, Buffer.from(id)]), cipher.encryptText(place, JSON.stringify({ id, text: 'é\ud800' }))];
}

const rows = (count: number) => Array.from({ length: count }, (_, index) => row(index + 1));

it.each([1, 199, 200, 1000])('gives %i rows the same bytes as rendering them here', async (count) => {
  const some = rows(count);
  const { bytes, ends } = await renderAside(context, some, ',');
  const here = renderRows(context, some, ',');
  expect(bytes.equals(here.bytes)).toBe(true);
  expect([...ends]).toEqual([...here.ends]);
});

it('says which error a value that does not decrypt is, and goes on with the next chunk', async () => {
  const altered = rows(300);
  altered[250]![1][30]! ^= 1;
  const good = renderAside(context, rows(300), ',');
  await expect(renderAside(context, altered, ',')).rejects.toMatchObject({ code: 'undecryptable', status: 500 });
  await expect(good).resolves.toMatchObject({ ends: { length: 300 } });
  await expect(renderAside(context, rows(300), ',')).resolves.toMatchObject({ ends: { length: 300 } });
});
