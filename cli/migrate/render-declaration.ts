// The declaration of a function in code, from what nango.yaml said about it.
import type { YamlScript } from '../nango-yaml/find-scripts.ts';
import { renderValue } from './render-zod.ts';

export interface Code {
  /** `async (nango) => {…}` */
  exec: string;
  /** Comment lines above, and the function. */
  onWebhook?: { comment: string; code: string };
  /** The script takes a second argument although nango.yaml names no input. */
  takesInput: boolean;
  /** It returns something although nango.yaml names no output. */
  returns: boolean;
}

export interface Declaration {
  factory: 'createSync' | 'createAction' | 'createOnEvent';
  variable: 'sync' | 'action' | 'onEvent';
  /** Models whose schemas it names. */
  models: string[];
  usesZod: boolean;
  text: string;
}

export function renderDeclaration(declared: YamlScript['declared'], code: Code): Declaration {
  const lines: string[] = [];
  const add = (key: string, value: string | undefined) => {
    if (value !== undefined) lines.push(`  ${key}: ${value},`);
  };
  const shared = declared.type === 'onEvent' ? undefined : declared;
  add('description', renderValue(shared?.description ?? descriptionOf(declared)));
  add('version', shared?.version === undefined ? undefined : renderValue(shared.version));

  const models = new Set<string>();
  const model = (name: string) => {
    models.add(name);
    return name;
  };
  let usesZod = false;
  const zod = (text: string) => {
    usesZod = true;
    return text;
  };
  if (declared.type === 'sync') {
    const { output, input, runs, endpoints, webhookSubscriptions } = declared;
    add('frequency', renderValue(runs));
    add('autoStart', declared.autoStart ? undefined : 'false');
    add('syncType', declared.syncType === 'full' ? undefined : renderValue(declared.syncType));
    add('trackDeletes', declared.trackDeletes ? 'true' : undefined);
    add('endpoints', endpoints.length > 0 ? `[${endpoints.map(renderObject).join(', ')}]` : undefined);
    add('scopes', renderList(declared.scopes));
    add('webhookSubscriptions', renderList(webhookSubscriptions ?? []));
    add('metadata', input === undefined ? undefined : model(input));
    add('models', `{ ${output.map(model).join(', ')} }`);
  } else if (declared.type === 'action') {
    const { input, output, endpoints } = declared;
    add('endpoint', endpoints[0] && renderObject(endpoints[0]));
    add('scopes', renderList(declared.scopes));
    add('input', input === undefined ? zod(code.takesInput ? 'z.any()' : 'z.void()') : model(input));
    add('output', output === undefined ? zod(code.returns ? 'z.any()' : 'z.void()') : model(output));
  } else {
    add('event', renderValue(declared.event));
  }
  add('exec', code.exec);
  if (code.onWebhook !== undefined) {
    if (code.onWebhook.comment !== '') lines.push(`  ${code.onWebhook.comment.replaceAll('\n', '\n  ')}`);
    add('onWebhook', code.onWebhook.code);
  }
  const kinds = { sync: 'createSync', action: 'createAction', onEvent: 'createOnEvent' } as const;
  const factory = kinds[declared.type];
  return {
    factory,
    variable: declared.type,
    models: [...models],
    usesZod,
    text: `const ${declared.type} = ${factory}({\n${lines.join('\n')}\n});`,
  };
}

function descriptionOf(declared: YamlScript['declared']): string {
  if (declared.type === 'onEvent') return `Runs on ${declared.event}.`;
  return declared.type === 'sync' ? `Copies ${declared.output.join(' and ')}.` : `Runs ${declared.name}.`;
}

function renderObject(value: object): string {
  return `{ ${Object.entries(value)
    .map(([key, item]) => `${key}: ${renderValue(item)}`)
    .join(', ')} }`;
}

function renderList(texts: string[]): string | undefined {
  return texts.length === 0 ? undefined : `[${texts.map(renderValue).join(', ')}]`;
}
