// The process's side, as this realm was given it: a parameter of the function that the bundle of in-realm.ts is wrapped in.
import type { Bridge } from './bridge.ts';

declare const bridge: Bridge;

export const given = bridge;
