// The name of a repository, `owner/name`. It becomes part of a path, so `..` has no place in it; `.github` is a repository like any other.
import { z } from 'zod';

export const RepositoryName = z
  .string()
  .regex(/^[A-Za-z0-9][\w-]*\/(?!\.{1,2}$)[\w.-]+$/)
  .describe('owner/name');
