// The type of catalogue.mjs, which is JavaScript because packing runs it under any Node.
import type { PaginateRules } from '@syncline/functions/paginate';

declare const pagination: Record<string, PaginateRules>;
export default pagination;
