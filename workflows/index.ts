// What the workflow bundle registers: one export per workflow type.
export { action } from './action.ts';
export { connection } from './connection.ts';
export { refreshSweep } from './refresh-sweep.ts';
export { sync } from './sync.ts';
