import { expect, it } from 'vitest';
import { bareUnits } from './bare-units.ts';

it('leaves out what needs a database, however far down, and keeps the rest', () => {
  const units = bareUnits(['core/crypto', 'core/records', 'core/proxy']);
  expect(units).toContain('core/crypto/uuid.test.ts');
  expect(units).not.toContain('core/crypto/key-ring.test.ts'); // itself
  expect(units).not.toContain('core/records/quarantine.test.ts'); // by core/records/test-database.ts
});
