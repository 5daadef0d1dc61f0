// The one name for values whose shape nobody declared, so that the exception to "no any" has one place.

/**
 * A value of somebody else's shape: metadata, an upstream's body, an action's output without generated types.
 * Code that moves here from another client reads these without a cast, so `unknown` would refuse code that has run for years.
 */
// biome-ignore lint/suspicious/noExplicitAny: the reason stands above; every other file uses this name
export type Undeclared = any;
