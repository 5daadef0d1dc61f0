// One captured line and the answer it got: the same, left out on purpose, or what differs.
import { compareBodies, type Difference, show } from './compare.ts';
import { readPointer } from './pointer.ts';
import type { Answer } from './send.ts';
import type { Line, OtherAnswer } from './series.ts';

export type Verdict =
  | { kind: 'passed' }
  | { kind: 'left out'; why: string }
  /** Our server does not know the route at all. */
  | { kind: 'no route' }
  /** Something it needs could not be had; the earlier failure is the cause. */
  | { kind: 'no value'; why: string }
  | { kind: 'differs'; differences: Difference[] };

/** What our error envelope always adds (docs/wire-compatibility.md). */
const ownKeys = ['/error/request_id', '/error/hint'];

export function judge(line: Line, answer: Answer, { strict = false }: { strict?: boolean } = {}): Verdict {
  const { notMatched, alternatives = [] } = line;
  if (notMatched && !notMatched.instead) return { kind: 'left out', why: notMatched.why };
  const found = notMatched?.instead
    ? differencesFromOther(notMatched.instead, answer)
    : differencesFromCapture(line, answer, strict);
  if (found.length === 0) return { kind: 'passed' };
  if (alternatives.some((other) => differencesFromOther(other, answer).length === 0)) return { kind: 'passed' };
  return isUnknownRoute(line, answer) ? { kind: 'no route' } : { kind: 'differs', differences: found };
}

function differencesFromCapture(line: Line, answer: Answer, strict: boolean): Difference[] {
  const { response, compare, volatile, unordered, contains = {} } = line;
  const found: Difference[] = [];
  const code = `${answer.status} ${show(answer.body)}`;
  if (response.status !== answer.status) found.push({ pointer: 'status', expected: `${response.status}`, got: code });
  const wantedType = mediaType(response.headers['content-type']);
  const type = mediaType(answer.headers['content-type']);
  if (wantedType !== type) found.push({ pointer: 'content-type', expected: show(wantedType), got: show(type) });
  if (compare !== 'envelope') {
    found.push(
      ...compareBodies(response.body ?? '', answer.body, {
        shape: compare === 'shape' || line.truncated !== undefined,
        ...(volatile && { volatile }),
        ...(unordered && { unordered }),
        ...(!strict && { extra: ownKeys }),
      }),
    );
  }
  return [...found, ...differencesAt(contains, answer.body)];
}

function differencesFromOther({ status, code, body }: OtherAnswer, answer: Answer): Difference[] {
  const found: Difference[] = [];
  if (status !== undefined && ![status].flat().includes(answer.status)) {
    found.push({
      pointer: 'status',
      expected: [status].flat().join(' or '),
      got: `${answer.status} ${show(answer.body)}`,
    });
  }
  if (code !== undefined) found.push(...differencesAt({ '/error/code': code }, answer.body));
  if (body === undefined) return found;
  return [...found, ...(isByPointer(body) ? differencesAt(body, answer.body) : compareBodies(body, answer.body))];
}

const differencesAt = (values: Record<string, unknown>, body: unknown): Difference[] =>
  Object.entries(values).flatMap(([pointer, value]) =>
    compareBodies(value, readPointer(body, pointer)).map((found) => ({ ...found, pointer: pointer + found.pointer })),
  );

const isByPointer = (body: unknown): body is Record<string, unknown> =>
  typeof body === 'object' && body !== null && Object.keys(body).every((key) => key.startsWith('/'));

/** Only our answer to an unknown route names method and path in these words. */
function isUnknownRoute({ request }: Line, { status, body }: Answer): boolean {
  const message = readPointer(body, '/error/message');
  return status === 404 && typeof message === 'string' && message.startsWith(`There is no ${request.method} /`);
}

const mediaType = (header: string | undefined): string | undefined => header?.split(';')[0]?.trim().toLowerCase();
