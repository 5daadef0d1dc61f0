// Asynchronous actions.

export interface AcceptedAction {
  id: string;
  /** A path of the API. */
  statusUrl: string;
}

/** One of the two. */
export interface AsyncActionRef {
  id?: string | undefined;
  statusUrl?: string | undefined;
}
