// What an entry of the catalogue may say. Strict: a misspelt key is an error, not a default. README.md explains each key.
import { z } from 'zod';
import { authModes } from './auth-modes.ts';
import { connect } from './connect-schema.ts';
import { formFields } from './form-field.ts';
import { login } from './login-schema.ts';
import { oauth } from './oauth-schema.ts';
import { proxy } from './proxy-schema.ts';
import { webUrl } from './scalars.ts';

/** The categories of our own entries; an overlay may use others. */
export const categories = [
  'accounting',
  'analytics',
  'ats',
  'banking',
  'cms',
  'communication',
  'crm',
  'design',
  'dev-tools',
  'e-commerce',
  'erp',
  'gaming',
  'hr',
  'iam',
  'invoicing',
  'knowledge-base',
  'legal',
  'marketing',
  'mcp',
  'other',
  'payment',
  'popular',
  'productivity',
  'search',
  'social',
  'sports',
  'storage',
  'support',
  'surveys',
  'ticketing',
  'video',
] as const;

export const entrySchema = z.strictObject({
  display_name: z.string().min(1).describe('Name shown to people.'),
  categories: z
    .array(z.string().regex(/^[a-z0-9-]+$/))
    .optional()
    .describe('For filters and lists.'),
  auth_mode: z.enum(authModes).describe('How a connection is made.'),
  docs: webUrl.optional().describe("The provider's page on authentication."),
  docs_connect: webUrl.optional().describe('The page that tells an end user where to find what the form asks.'),
  docs_scopes: webUrl.optional().describe('The page that explains the scopes.'),
  setup_guide_url: webUrl.optional().describe('Where an app developer registers the app.'),
  credentials: formFields.optional().describe('Form: the secret inputs of the end user.'),
  connection_config: formFields.optional().describe('Form: further inputs, used in URLs and headers.'),
  integration_config: formFields.optional().describe('Form: inputs of the operator, per integration.'),
  available_scopes: z.array(z.string()).optional().describe('Scopes offered in the dashboard.'),
  ...oauth,
  ...login,
  ...connect,
  proxy: proxy.optional().describe('Where the API is and how to talk to it.'),
});

/** An entry as written, what it inherits merged in. */
export type Entry = z.output<typeof entrySchema>;

/** An entry as the API serves it. */
export type Provider = Entry & { readonly name: string; readonly logo_url: string };
