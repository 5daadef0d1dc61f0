// Tells the operator of answers that were our fault: one line on stderr, without what the statement carried.
import { DrizzleQueryError } from 'drizzle-orm';
import type { ErrorReport } from './respond-error.ts';

const maxDepth = 5;
const stackLines = 6;

interface Cause {
  name: string;
  message: string;
  code?: string;
  stack: string[];
}

/** Drizzle writes the parameters of a failed statement into its message, and those may be anything. */
const messageOf = (error: Error) => (error instanceof DrizzleQueryError ? 'a statement failed' : error.message);

function causesOf(error: unknown, depth = 0): Cause[] {
  if (!(error instanceof Error) || depth >= maxDepth) return [];
  const { code } = error as { code?: unknown };
  const stack = (error.stack ?? '')
    .split('\n')
    .filter((line) => line.startsWith('    at '))
    .slice(0, stackLines);
  const cause = {
    name: error.name,
    message: messageOf(error),
    ...(typeof code === 'string' && { code }),
    stack: stack.map((line) => line.trim()),
  };
  return [cause, ...causesOf(error.cause, depth + 1)];
}

/** @example createApp(services, { report: createReport({ log: 'json', write: (line) => process.stderr.write(line) }) }) */
export const createReport =
  ({ log, write }: { log: 'people' | 'json'; write(line: string): void }) =>
  ({ requestId, method, path, error }: ErrorReport): void => {
    const causes = causesOf(error);
    if (log === 'json') {
      write(
        `${JSON.stringify({ level: 'error', time: new Date().toISOString(), request_id: requestId, method, path, status: error.status, causes })}\n`,
      );
      return;
    }
    const told = causes.map(({ name, message, code }) => `${name}${code ? ` ${code}` : ''}: ${message}`).join(' <- ');
    const where = causes.at(-1)?.stack[0] ?? '';
    write(`${method} ${path} answered ${error.status} (request ${requestId}): ${told} ${where}\n`);
  };
