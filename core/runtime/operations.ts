// How the log calls an execution of an action: by the route that it came by.
export const operations = {
  action: { type: 'action', action: 'run' },
  function: { type: 'function', action: 'invoke' },
} as const;
