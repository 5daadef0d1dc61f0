// The package's face: a hostile provider for your own tests.
export type { AuthOptions } from './authenticate.ts';
export type { Contact } from './contact.ts';
export type { Dataset, DatasetOptions, Selection } from './dataset.ts';
export type { Fault } from './faults/fault.ts';
export { type FaultName, faultNames, namedFaults } from './faults/named.ts';
export type { FaultRule } from './faults/script.ts';
export { createItem, type Item } from './items.ts';
export type { Trusted } from './modes/modes.ts';
export { createMtlsServer, type MtlsServer } from './modes/mtls.ts';
export type { Grant, TokenPair } from './oauth/grants.ts';
export type { OAuthClient, OAuthOptions } from './oauth/options.ts';
export type { TokenEntry } from './oauth/token-log.ts';
export type { SimulatorOptions } from './options.ts';
export { type Dialect, dialects, type RateLimitOptions } from './rate-limit.ts';
export type { RequestEntry } from './request-log.ts';
export type { Delivery, ServedAnswer } from './served-log.ts';
export { createSimulator, type Simulator } from './simulator.ts';
export {
  sendWebhook,
  type WebhookAnswer,
  type WebhookScheme,
  type WebhookSending,
  webhookSchemes,
} from './webhooks.ts';
