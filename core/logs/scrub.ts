// A log writer for work that holds credentials: whatever passes through is cleaned of them first.
import type { LogWriter, OperationEnd } from './log-writer.ts';
import { createRedactor } from './redact.ts';

/**
 * @param secrets every live secret of the work in hand; asked at each call, because a token may be renewed on the way
 * @example const log = scrub(services.logs, () => [credential.accessToken, integration.clientSecret])
 */
export function scrub(logs: LogWriter, secrets: () => Iterable<string>): LogWriter {
  let known = '';
  let redactor = createRedactor();
  /** Made anew only when there is another secret: each has eight spellings to look for. */
  const current = () => {
    const list = [...secrets()];
    const name = list.join('\0');
    if (name !== known) redactor = createRedactor(list);
    known = name;
    return redactor;
  };
  // The copy of an object is an object of the same shape.
  const clean = <T>(value: T): T => current().value(value) as T;
  const withDates = <T extends object>(given: T, dates: Partial<T>): T => ({ ...clean(given), ...dates });
  return {
    start: (operation) =>
      logs.start(withDates(operation, operation.startedAt ? { startedAt: operation.startedAt } : {})),
    end: (environmentId, operationId, end) => logs.end(environmentId, operationId, clean<OperationEnd>(end)),
    message: (message) => logs.message(withDates(message, message.at ? { at: message.at } : {})),
    flush: () => logs.flush(),
    get dropped() {
      return logs.dropped;
    },
  };
}
