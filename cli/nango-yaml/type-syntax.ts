// The types of nango.yaml, as text: `string | Contact[]`. The forms that YAML itself gives (lists, mappings) are in read-type.ts.

export type Primitive =
  | 'string'
  | 'number'
  | 'boolean'
  | 'bigint'
  | 'any'
  | 'never'
  | 'void'
  | 'undefined'
  | 'null'
  | 'date';

export interface Field {
  name: string;
  optional: boolean;
  type: YamlType;
}

export type YamlType =
  | { kind: 'primitive'; name: Primitive }
  | { kind: 'literal'; value: string | number | boolean }
  | { kind: 'model'; name: string }
  | { kind: 'array'; of: YamlType }
  | { kind: 'tuple'; of: YamlType[] }
  | { kind: 'union'; of: YamlType[] }
  /** `rest`: what keys beyond the fields hold. */
  | { kind: 'object'; fields: Field[]; rest?: YamlType };

export type TypeProblemCode =
  | 'type_syntax_error'
  | 'failed_to_parse_array'
  | 'failed_to_parse_union'
  | 'failed_to_parse_object'
  | 'model_not_found_fallback';

export type TypeReport = (problem: { code: TypeProblemCode; message: string }) => void;

const any: YamlType = { kind: 'primitive', name: 'any' };

/** Lower case: the peer reads them in any. */
const words: Record<string, YamlType> = {
  ...Object.fromEntries(
    (['string', 'number', 'boolean', 'bigint', 'any', 'never', 'void', 'undefined', 'null', 'date'] as const).map(
      (name) => [name, { kind: 'primitive', name } satisfies YamlType],
    ),
  ),
  integer: { kind: 'primitive', name: 'number' },
  int: { kind: 'primitive', name: 'number' },
  float: { kind: 'primitive', name: 'number' },
  char: { kind: 'primitive', name: 'string' },
  varchar: { kind: 'primitive', name: 'string' },
  bool: { kind: 'primitive', name: 'boolean' },
  true: { kind: 'literal', value: true },
  false: { kind: 'literal', value: false },
  object: { kind: 'object', fields: [], rest: any },
  array: { kind: 'array', of: any },
};

interface Parse {
  /** Names of the models; they win over the words above. */
  models: ReadonlySet<string>;
  report: TypeReport;
}

/**
 * `union := suffixed ('|' suffixed)*`, `suffixed := atom '[]'*`, `atom := '(' union ')' | quoted | word`.
 * Whatever is wrong is reported, and reads as `any`, so that one run finds every mistake.
 */
export function parseType(text: string, { models, report }: Parse): YamlType {
  const wrong = (code: TypeProblemCode, message: string): YamlType => {
    report({ code, message: `"${text}": ${message}` });
    return any;
  };
  const parts = splitUnion(text);
  if (parts === undefined) return wrong('type_syntax_error', 'a bracket or quote is not closed.');
  if (parts.length > 1) {
    if (parts.some((part) => part === '')) return wrong('failed_to_parse_union', 'a side of | is empty.');
    return { kind: 'union', of: parts.map((part) => parseType(part, { models, report })) };
  }
  const [part = ''] = parts;
  if (part.endsWith('[]')) {
    const element = part.slice(0, -2).trim();
    if (element === '') return wrong('type_syntax_error', 'an array of what? Write for example string[].');
    return { kind: 'array', of: parseType(element, { models, report }) };
  }
  if (part.startsWith('(') && part.endsWith(')')) return parseType(part.slice(1, -1), { models, report });
  return parseWord(part, { models, report });
}

function parseWord(word: string, { models, report }: Parse): YamlType {
  const wrong = (code: TypeProblemCode, message: string): YamlType => {
    report({ code, message: `"${word}": ${message}` });
    return any;
  };
  const quoted = /^'([^']*)'$|^"([^"]*)"$/.exec(word);
  if (quoted !== null) return { kind: 'literal', value: quoted[1] ?? quoted[2] ?? '' };
  if (models.has(word)) return { kind: 'model', name: word };
  const known = Object.hasOwn(words, word.toLowerCase()) ? words[word.toLowerCase()] : undefined;
  if (known !== undefined) return known;
  if (/^[+-]?(\d+\.?\d*|\.\d+)$/.test(word)) return { kind: 'literal', value: Number(word) };
  if (/^[A-Za-z_$][\w$]*\s*</.test(word)) {
    return wrong('type_syntax_error', 'generics are not supported; write the fields out as a model.');
  }
  if (/[[\]]/.test(word)) return wrong('failed_to_parse_array', 'arrays are written T[].');
  if (/[{}]/.test(word)) return wrong('failed_to_parse_object', 'objects are written as a mapping of fields.');
  report({
    code: 'model_not_found_fallback',
    message: `"${word}": it is no model and no type, and is taken as this very text.`,
  });
  return { kind: 'literal', value: word };
}

/** At the `|` outside of brackets and quotes, trimmed; undefined when those do not close. */
function splitUnion(text: string): string[] | undefined {
  const parts: string[] = [];
  let depth = 0;
  let angles = 0; // of generics, which parseWord refuses as a whole: `Record<string, a | b>`
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at);
    // A quote begins a literal only where a type can begin: it's is text.
    if ((char === "'" || char === '"') && /(^|[|(])\s*$/.test(text.slice(0, at))) {
      const end = text.indexOf(char, at + 1);
      if (end === -1) return undefined;
      at = end;
    } else if (char === '(') depth++;
    else if (char === ')') depth--;
    else if (char === '<' && /[\w$]$/.test(text.slice(0, at))) angles++;
    else if (char === '>' && angles > 0) angles--;
    else if (char === '|' && depth === 0 && angles === 0) {
      parts.push(text.slice(from, at).trim());
      from = at + 1;
    }
    if (depth < 0) return undefined;
  }
  return depth === 0 ? [...parts, text.slice(from).trim()] : undefined;
}
