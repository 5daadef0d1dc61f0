// A connection as GET /connections/:id answers it, ours or the peer's, as POST /connections takes it.
import { z } from 'zod';
import { CliError } from '../errors.ts';

const record = z.record(z.string(), z.unknown());
const text = z.string().nullish();

const connectionSchema = z.looseObject({
  connection_id: z.string().min(1),
  provider_config_key: z.string().min(1),
  credentials: record,
  metadata: record.nullish(),
  connection_config: record.nullish(),
  webhook_url_override: text,
  tags: record.nullish(),
  end_user: z.looseObject({ id: z.string(), email: text, display_name: text, tags: record.nullish() }).nullish(),
});

type ExportedConnection = z.output<typeof connectionSchema>;

/** @throws CliError with the line's number */
export function parseConnection(line: string, number: number): ExportedConnection {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw new CliError('invalid_export', `Line ${number} is no JSON.`, { hint: 'One connection a line.', cause });
  }
  const parsed = connectionSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new CliError('invalid_export', `Line ${number} is no connection: ${issue!.path.join('.')}: ${issue!.message}`, {
    hint: 'Each line is what GET /connections/:id answers, with refresh_token=true.',
  });
}

export function toImport(connection: ExportedConnection): Record<string, unknown> {
  const { connection_id, provider_config_key, metadata, connection_config, tags, end_user, webhook_url_override } =
    connection;
  return {
    provider_config_key,
    connection_id,
    credentials: toCredentials(connection),
    ...(metadata && { metadata }),
    ...(connection_config && { connection_config }),
    ...(tags && { tags }),
    ...(webhook_url_override && { webhook_url_override }),
    ...(end_user && { end_user: toEndUser(end_user) }),
  };
}

/** The provider's raw answer is for readers; an installed app is known by its ids, its token is asked for anew. */
function toCredentials({ credentials, connection_config }: ExportedConnection): Record<string, unknown> {
  const { raw: _, jwtToken: __, ...rest } = withoutEmpty(credentials);
  if (Object.keys(rest).length === 0) return { type: 'NONE' };
  if (rest['type'] !== 'APP' && rest['type'] !== 'CUSTOM') return rest;
  const { app_id, installation_id } = connection_config ?? {};
  return { type: rest['type'], app_id, installation_id };
}

/** Of the organization nothing is taken by an import; its tags are among the connection's. */
const toEndUser = ({ id, email, display_name, tags }: NonNullable<ExportedConnection['end_user']>) =>
  withoutEmpty({ id, email, display_name, tags });

const withoutEmpty = (value: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== null && inner !== undefined));
