// The pagination that a provider's entry brings, for functions that rely on it.
import type { PaginateRules } from '@syncline/functions/paginate';
// In the checkout the catalogue itself, in the published package what it said when that was packed: package.json decides.
import catalogue from '#pagination';

/** @param provider the integration's name, where it is named after its provider */
export function paginationOf(provider: string): PaginateRules | undefined {
  return Object.hasOwn(catalogue, provider) ? catalogue[provider] : undefined;
}
