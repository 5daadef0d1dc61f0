// How long functions may take.

export interface Limits {
  /** A sync that asks nothing of the host for so long is taken to hang. */
  stallMs: number;
  /** An action that runs longer is ended. */
  actionMs: number;
  /** A call that finds no free process for so long is refused. */
  startMs: number;
  /** An on-event function that runs longer is ended. */
  onEventMs: number;
  /** A webhook function that runs longer is ended. */
  webhookMs: number;
}

export const defaultLimits: Limits = {
  stallMs: 10 * 60_000,
  actionMs: 15 * 60_000,
  startMs: 30_000,
  onEventMs: 5 * 60_000,
  webhookMs: 60 * 60_000,
};

export const limitsOf = ({ limits }: { limits?: Partial<Limits> | undefined }): Limits => ({
  ...defaultLimits,
  ...limits,
});
