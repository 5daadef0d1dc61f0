// The ways a connection can be authenticated; the wire spells them so.
export const authModes = [
  'OAUTH2',
  'API_KEY',
  'OAUTH2_CC',
  'BASIC',
  'TWO_STEP',
  'MCP_OAUTH2',
  'MCP_OAUTH2_GENERIC',
  'JWT',
  'OAUTH1',
  'BILL',
  'NONE',
  'AWS_SIGV4',
  'SIGNATURE',
  'INSTALL_PLUGIN',
  'APP',
  'CUSTOM',
  'TBA',
] as const;

export type AuthMode = (typeof authModes)[number];
