// Form fields: patterns that compile, and samples that their own field accepts.
import { fieldsOf } from './entry-texts.ts';
import type { FormField } from './form-field.ts';
import type { Finding } from './lint.ts';
import type { Entry } from './schema.ts';

export function brokenPatterns(entry: Entry): Finding[] {
  const patterns = fieldsOf(entry).map(({ path, field }) => ({ path: `${path}.pattern`, source: field.pattern }));
  const inBody = entry.proxy?.retry?.in_body?.value;
  patterns.push({ path: 'proxy.retry.in_body.value', source: inBody?.slice(1, inBody.lastIndexOf('/')) });
  return patterns.flatMap(({ path, source }) => {
    if (source === undefined || compiles(source)) return [];
    return [{ path, message: `is no regular expression: ${source}` }];
  });
}

/** An example that the form itself refuses misleads whoever fills it in; a refused default cannot connect. */
export function refusedSamples(entry: Entry): Finding[] {
  return fieldsOf(entry).flatMap(({ path, field }) =>
    (['example', 'default_value'] as const).flatMap((key) => {
      const sample = field[key];
      // An ellipsis shows how a secret begins; it is nobody's value.
      if (sample === undefined || sample === '' || sample.includes('…') || accepts(field, sample)) return [];
      return [{ path: `${path}.${key}`, message: `its own pattern or enum refuses "${sample}"` }];
    }),
  );
}

function accepts({ pattern, enum: values }: FormField, sample: string): boolean {
  return (pattern === undefined || new RegExp(pattern).test(sample)) && (values?.includes(sample) ?? true);
}

function compiles(source: string): boolean {
  try {
    new RegExp(source);
    return true;
  } catch {
    return false; // the caller reports it with its path
  }
}
