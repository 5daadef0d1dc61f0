// What this client calls itself.
import { release, type } from 'node:os';

/** A constant, not package.json's: apps are bundled, and a bundle has no package.json beside it. A test keeps them equal. */
export const version = '0.1.0';

export const userAgent = `syncline-node/${version} (${type()}/${release()}; node.js/${process.versions.node})`;
