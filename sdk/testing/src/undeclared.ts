// The one name for values whose shape nobody declared, so that the exception to "no any" has one place.

/** What a recording holds, what a function passes on: functions read these without a cast, and so do their tests. */
// biome-ignore lint/suspicious/noExplicitAny: the reason stands above; every other file uses this name
export type Undeclared = any;
