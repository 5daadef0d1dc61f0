// An entry for people: what a connection needs, where the API is, and whether the entry keeps the house rules.
import type { Provider } from '../../core/integrations/catalogue.ts';
import { configInputs, credentialInputs } from './credential-inputs.ts';

export function renderEntry(provider: Provider): string[] {
  const { display_name, name, auth_mode, categories, docs, docs_connect, setup_guide_url, docs_scopes, proxy } =
    provider;
  const inputs = [...credentialInputs(provider), ...configInputs(provider)].map(
    ({ name: field, title, optional, fallback }) =>
      `${field} (${title}${optional || fallback !== undefined ? ', optional' : ''})`,
  );
  const rows: [string, string | undefined][] = [
    ['Auth', auth_mode],
    ['Categories', categories?.join(', ')],
    ['Inputs', inputs.join(', ')],
    ['Scopes', provider.available_scopes?.join(' ')],
    ['Base URL', proxy?.base_url],
    ['Pages', proxy?.paginate?.type],
    ['Waits by', waits(proxy?.retry)],
    [
      'Tested by',
      proxy?.verification && `${proxy.verification.method ?? 'GET'} ${proxy.verification.endpoints.join(', ')}`,
    ],
    ['Docs', docs],
    ['For end users', docs_connect],
    ['Register an app', setup_guide_url],
    ['Scopes explained', docs_scopes],
  ];
  const told = rows.filter((row): row is [string, string] => row[1] !== undefined && row[1] !== '');
  const width = Math.max(...told.map(([label]) => label.length));
  return [`${display_name} (${name})`, ...told.map(([label, text]) => `  ${label.padEnd(width)}  ${text}`)];
}

function waits(retry: NonNullable<Provider['proxy']>['retry']): string | undefined {
  const headers = [retry?.at, retry?.after].flatMap((names) => names ?? []);
  return headers.length === 0 ? undefined : headers.join(', ');
}
