// The published client and ours: every method of it, callable with its own arguments.
import { Nango as Published } from '@nangohq/node';
import { expect, expectTypeOf, it } from 'vitest';
import { Syncline } from './index.ts';

type Arguments<Name extends keyof Published> = Published[Name] extends (...given: infer Given) => unknown
  ? Given
  : never;

/** Compiled, never called: each line is an error where ours takes less than the published one gives. */
export const accepted = (ours: Syncline) => ({
  listProviders: (...given: Arguments<'listProviders'>) => ours.listProviders(...given),
  getProvider: (...given: Arguments<'getProvider'>) => ours.getProvider(...given),
  getProviderTemplates: (...given: Arguments<'getProviderTemplates'>) => ours.getProviderTemplates(...given),
  listIntegrations: (...given: Arguments<'listIntegrations'>) => ours.listIntegrations(...given),
  getIntegration: (...given: Arguments<'getIntegration'>) => ours.getIntegration(...given),
  createIntegration: (...given: Arguments<'createIntegration'>) => ours.createIntegration(...given),
  createQuickstartIntegration: (...given: Arguments<'createQuickstartIntegration'>) =>
    ours.createQuickstartIntegration(...given),
  updateIntegration: (...given: Arguments<'updateIntegration'>) => ours.updateIntegration(...given),
  deleteIntegration: (...given: Arguments<'deleteIntegration'>) => ours.deleteIntegration(...given),
  listFunctions: (...given: Arguments<'listFunctions'>) => ours.listFunctions(...given),
  getFunction: (...given: Arguments<'getFunction'>) => ours.getFunction(...given),
  getFunctionCode: (...given: Arguments<'getFunctionCode'>) => ours.getFunctionCode(...given),
  deleteFunction: (...given: Arguments<'deleteFunction'>) => ours.deleteFunction(...given),
  listConnections: (...given: Arguments<'listConnections'>) => ours.listConnections(...given),
  getConnection: (...given: Arguments<'getConnection'>) => ours.getConnection(...given),
  getToken: (...given: Arguments<'getToken'>) => ours.getToken(...given),
  getRawTokenResponse: (...given: Arguments<'getRawTokenResponse'>) => ours.getRawTokenResponse(...given),
  getMetadata: (...given: Arguments<'getMetadata'>) => ours.getMetadata(...given),
  setMetadata: (...given: Arguments<'setMetadata'>) => ours.setMetadata(...given),
  updateMetadata: (...given: Arguments<'updateMetadata'>) => ours.updateMetadata(...given),
  patchConnection: (...given: Arguments<'patchConnection'>) => ours.patchConnection(...given),
  deleteConnection: (...given: Arguments<'deleteConnection'>) => ours.deleteConnection(...given),
  waitForConnection: (...given: Arguments<'waitForConnection'>) => ours.waitForConnection(...given),
  createConnectSession: (...given: Arguments<'createConnectSession'>) => ours.createConnectSession(...given),
  createReconnectSession: (...given: Arguments<'createReconnectSession'>) => ours.createReconnectSession(...given),
  triggerSync: (...given: Arguments<'triggerSync'>) => ours.triggerSync(...given),
  startSync: (...given: Arguments<'startSync'>) => ours.startSync(...given),
  pauseSync: (...given: Arguments<'pauseSync'>) => ours.pauseSync(...given),
  syncStatus: (...given: Arguments<'syncStatus'>) => ours.syncStatus(...given),
  updateSyncConnectionFrequency: (...given: Arguments<'updateSyncConnectionFrequency'>) =>
    ours.updateSyncConnectionFrequency(...given),
  createSyncVariant: (...given: Arguments<'createSyncVariant'>) => ours.createSyncVariant(...given),
  deleteSyncVariant: (...given: Arguments<'deleteSyncVariant'>) => ours.deleteSyncVariant(...given),
  listRecords: (...given: Arguments<'listRecords'>) => ours.listRecords(...given),
  pruneRecords: (...given: Arguments<'pruneRecords'>) => ours.pruneRecords(...given),
  triggerAction: (...given: Arguments<'triggerAction'>) => ours.triggerAction(...given),
  triggerActionAsync: (...given: Arguments<'triggerActionAsync'>) => ours.triggerActionAsync(...given),
  getAsyncActionResult: (...given: Arguments<'getAsyncActionResult'>) => ours.getAsyncActionResult(...given),
  proxy: (...given: Arguments<'proxy'>) => ours.proxy(...given),
  get: (...given: Arguments<'get'>) => ours.get(...given),
  post: (...given: Arguments<'post'>) => ours.post(...given),
  put: (...given: Arguments<'put'>) => ours.put(...given),
  patch: (...given: Arguments<'patch'>) => ours.patch(...given),
  delete: (...given: Arguments<'delete'>) => ours.delete(...given),
  getScriptsConfig: (...given: Arguments<'getScriptsConfig'>) => ours.getScriptsConfig(...given),
  getEnvironmentVariables: (...given: Arguments<'getEnvironmentVariables'>) => ours.getEnvironmentVariables(...given),
  verifyIncomingWebhookRequest: (...given: Arguments<'verifyIncomingWebhookRequest'>) =>
    ours.verifyIncomingWebhookRequest(...given),
  verifyWebhookSignature: (...given: Arguments<'verifyWebhookSignature'>) => ours.verifyWebhookSignature(...given),
});

type Methods = {
  [Name in keyof Published]-?: Published[Name] extends (...given: never[]) => unknown ? Name : never;
}[keyof Published];

it('covers every method of it', () => {
  // `http` is the axios instance of the published client.
  expectTypeOf<Exclude<Methods, 'http'>>().toEqualTypeOf<keyof ReturnType<typeof accepted>>();
  const methods = Object.getOwnPropertyNames(Published.prototype).filter((name) => name !== 'constructor');
  const ours = new Syncline({ apiKey: 'key' });
  expect(methods.filter((name) => name in accepted(ours)).filter((name) => !(name in ours))).toEqual([]);
});
