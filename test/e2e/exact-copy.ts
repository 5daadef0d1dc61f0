// A run of `copy-contacts` that something breaks in the middle, and what it must have left in the end: each contact as the
// provider served it last, and no change counted twice.
import { expect } from 'vitest';
import { deployFunctions } from './deploy.ts';
import { readStreamFacts } from './stream-facts.ts';
import { createIntegration, importConnection, type Place, type Run, readRecords } from './syncs.ts';
import type { System } from './system.ts';
import { waitFor } from './wait-for.ts';

export interface ExactCopy {
  requests(): ReturnType<System['simulator']['requests']['list']>;
  /** A new connection: its first run begins by itself. */
  begin(): Promise<Place>;
  pagesAreOut(count: number): Promise<unknown>;
  expectExact(place: Place, run: Run): Promise<void>;
}

/** `contacts`: how many the simulator's data set has. */
export async function deployExactCopy(
  system: Pick<System, 'api' | 'simulator' | 'read'>,
  contacts: number,
): Promise<ExactCopy> {
  let connections = 0;
  await createIntegration(system.api, 'crm');
  await deployFunctions(system.api, 'crm', ['syncs/copy-contacts']);
  const requests = () => system.simulator.requests.list({ path: '/paged/contacts' });
  return {
    requests,
    async begin() {
      const connection = `account-${++connections}`;
      await importConnection(system.api, { integration: 'crm', connection, simulator: system.simulator });
      return { integration: 'crm', connection, sync: 'copy-contacts' };
    },
    pagesAreOut: (count) =>
      waitFor(`${count} requests`, () => requests().length >= count, { everyMs: 10, deadlineMs: 90_000 }),
    async expectExact(place, run) {
      expect(run).toMatchObject({
        state: 'succeeded',
        results: { Contact: { added: contacts, updated: 0, deleted: 0 } },
      });
      const served = system.simulator.served.latest();
      const records = await readRecords(system.api, place);
      expect(records).toHaveLength(served.size);
      for (const { _nango_metadata: _, position, ...contact } of records) {
        expect(contact).toEqual(system.simulator.dataset.at(contact.id, served.get(contact.id)!));
        expect(position).toBe(Number(contact.id.slice(1))); // the script's own count
      }
      expect(await readStreamFacts(system.read().databaseUrl, place.connection)).toEqual({
        lastSeq: contacts,
        distinctSeqs: contacts,
        records: contacts,
        changes: contacts,
      });
    },
  };
}
