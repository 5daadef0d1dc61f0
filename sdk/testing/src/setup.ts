// For `setupFiles` of vitest: generated tests take the mocks from `global.vitest`.
import { NangoActionMock } from './nango-mock.ts';
import { NangoSyncMock } from './nango-sync-mock.ts';

declare global {
  var vitest: { NangoSyncMock: typeof NangoSyncMock; NangoActionMock: typeof NangoActionMock };
}

globalThis.vitest = { NangoSyncMock, NangoActionMock };
