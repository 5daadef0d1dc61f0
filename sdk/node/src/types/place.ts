// Which connection a call is about; what is left out is taken from the client's own options.
export interface Place {
  /** The integration's unique key. */
  providerConfigKey?: string | undefined;
  connectionId?: string | undefined;
}
