// Gives a run a fresh token before it starts. Lock, re-check, journal and swap are core/credentials' business.
import type { Credentials } from '../core/credentials/credentials.ts';
import type { PlatformActivities } from './contract.ts';
import { toFailure } from './to-failure.ts';

export const createRefreshToken = (credentials: Credentials): PlatformActivities['refreshToken'] =>
  async function refreshToken({ environmentId, connectionId }) {
    try {
      await credentials.refresh(environmentId, connectionId);
    } catch (cause) {
      throw toFailure(cause);
    }
  };
