// The package's front door: mocks of the nango object, and the simulated provider.
export type { SimulatorOptions } from '@syncline/simulator';
export { createSimulator, type Simulator } from '@syncline/simulator';
export type { MockOptions } from './mock-options.ts';
export { NangoActionMock } from './nango-mock.ts';
export { NangoSyncMock } from './nango-sync-mock.ts';
export type { Answer, Entry, Fixture, Method } from './recording.ts';
export { createSpy, type Spy, type SpyContext } from './spy.ts';
