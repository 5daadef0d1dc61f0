// Node's own objects are the same in every realm of the process: frozen, so that no run finds what another left in them.
const frozen = new Set<unknown>([globalThis, process]); // never reached by a script, and not ours to freeze

const isObject = (value: unknown): value is object =>
  (typeof value === 'object' && value !== null) || typeof value === 'function';

/** With everything that can be reached from them by properties and prototypes. */
export function freezeShared(...roots: unknown[]): void {
  const open = roots;
  while (open.length > 0) {
    const object = open.pop();
    if (!isObject(object) || frozen.has(object)) continue;
    frozen.add(object);
    open.push(Object.getPrototypeOf(object));
    for (const key of Reflect.ownKeys(object)) {
      const property = Reflect.getOwnPropertyDescriptor(object, key)!;
      open.push(property.value, property.get, property.set);
      if (property.configurable) protect(object, key, property);
    }
    close(object);
  }
}

function close(object: object): void {
  const properties = Object.entries(Object.getOwnPropertyDescriptors(object));
  const symbols = Object.getOwnPropertySymbols(object).filter((key) => isKept(object, key));
  if (symbols.length === 0 && !ArrayBuffer.isView(object)) return void Object.freeze(object);
  for (const [key, property] of properties) {
    if (property.configurable)
      Object.defineProperty(object, key, { configurable: false, ...('value' in property && { writable: false }) });
  }
  Object.preventExtensions(object); // the elements of a view cannot be frozen
}

/** A mark of Node's that heirs assign and that cannot become an accessor (EventEmitter's kCapture), out of sight of scripts. */
function isKept(object: object, key: symbol): boolean {
  const { writable, configurable } = Reflect.getOwnPropertyDescriptor(object, key)!;
  return Object.hasOwn(object, 'constructor') && writable === true && configurable === false;
}

function protect(object: object, key: PropertyKey, property: PropertyDescriptor): void {
  const isPrototype = Object.hasOwn(object, 'constructor');
  if (isPrototype && property.writable && needsOverriding(object)) keepOverridable(object, key, property.value);
  // What a setter of a module or class keeps (`EventEmitter.defaultMaxListeners`) would be seen by other runs.
  else if (!isPrototype && property.set) Object.defineProperty(object, key, { set: () => {} });
}

/**
 * In strict code an inherited property that is read-only cannot be assigned on the heir either (ECMA-262, OrdinarySet), and
 * that is how names of errors and methods of streams are set. Not for JavaScript's other prototypes: V8 takes an accessor on
 * Array.prototype or Promise.prototype for a sign that its fast paths are off, in all realms.
 */
function needsOverriding(prototype: object): boolean {
  const isFrom = (parent: object) => prototype === parent || Object.prototype.isPrototypeOf.call(parent, prototype);
  if (prototype === Object.prototype || isFrom(Error.prototype)) return true;
  return !intrinsics.has(prototype) && !isFrom(typedArray); // Buffer's methods are called too often for a getter
}

const typedArray = Object.getPrototypeOf(Uint8Array.prototype) as object;
const intrinsics = new Set<unknown>(
  [Function, Array, Promise, Map, Set, WeakMap, WeakSet, WeakRef, FinalizationRegistry, Iterator]
    .concat([
      String,
      Number,
      Boolean,
      Symbol,
      BigInt,
      Date,
      RegExp,
      ArrayBuffer,
      SharedArrayBuffer,
      DataView,
    ] as never[])
    .map(({ prototype }) => prototype as unknown),
);

function keepOverridable(object: object, key: PropertyKey, value: unknown): void {
  Object.defineProperty(object, key, {
    get: () => value,
    set(this: unknown, own: unknown) {
      if (!isObject(this) || frozen.has(this)) return;
      Object.defineProperty(this, key, { value: own, writable: true, enumerable: true, configurable: true });
    },
  });
}
