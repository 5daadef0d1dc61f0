import { expect, it } from 'vitest';
import { loadCatalogue } from '../../../providers/load.ts';
import { paginationOf } from './provider-pagination.ts';

it('is the catalogue’s for every provider, aliases included', () => {
  const providers = loadCatalogue().list();
  expect(providers.length).toBeGreaterThan(30);
  for (const { name, proxy } of providers) expect(paginationOf(name), name).toEqual(proxy?.paginate);
  expect(paginationOf('__proto__')).toBeUndefined();
});
