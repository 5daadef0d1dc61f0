// `instanceof` across realms: an error that Node throws, or a Buffer's Uint8Array, is of the process's realm, and a script
// that asks `error instanceof Error` means those too.
// Imported for its effect.
import { given } from './given.ts';

const builtins = [
  Array,
  ArrayBuffer,
  DataView,
  Date,
  Function,
  Map,
  Object,
  Promise,
  RegExp,
  Set,
  SharedArrayBuffer,
  Error,
  AggregateError,
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
  BigInt64Array,
  BigUint64Array,
  Float32Array,
  Float64Array,
  Int8Array,
  Int16Array,
  Int32Array,
  Uint8Array,
  Uint8ClampedArray,
  Uint16Array,
  Uint32Array,
] as const;

const isInstance = Function.prototype[Symbol.hasInstance];

for (const own of builtins) {
  const nodes = given.intrinsic(own.name);
  // Classes that extend `own` inherit the method; to them it is the ordinary test.
  const value = function hasInstance(this: unknown, object: unknown): boolean {
    return isInstance.call(this as never, object) || (this === own && isInstance.call(nodes as never, object));
  };
  Object.defineProperty(own, Symbol.hasInstance, { value, writable: true, configurable: true });
}
