// The browser's side of connecting an account.
export { AuthError, type AuthErrorType, type FieldProblem } from './auth-error.ts';
export type { ConnectUI, ConnectUIEvent, ConnectUIOptions, ConnectUISettings } from './connect-ui.ts';
export type * from './credentials.ts';
export type { AuthOptions, ConnectedAccount, ConnectionOptions, SynclineOptions } from './options.ts';
// `import Nango from …` of code that moves here stays as it is.
export { Syncline, Syncline as default, Syncline as Nango } from './syncline.ts';
