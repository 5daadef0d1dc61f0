// Failures of an execution that say nothing about the function: our database, our processes, our bugs. It is run again.
import type { SynclineError } from '../errors.ts';

const codes = new Set(['unavailable', 'guest_crashed', 'action_start_timeout', 'server_error']);

export const isOurFault = ({ code }: SynclineError): boolean => codes.has(code);
