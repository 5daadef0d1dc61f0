// A session as its holder, the connect page, sees it.
import { type EndUserView, toEndUserView } from '../connection-view.ts';
import type { ConnectSession } from './session.ts';

export interface SessionView {
  endUser: EndUserView | null;
  connectUISettings: {
    showWatermark: boolean;
    defaultTheme: 'light' | 'dark' | 'system';
    theme: { light: { primary: string }; dark: { primary: string } };
  };
  allowed_integrations?: string[];
  integrations_config_defaults?: Record<
    string,
    { connection_config?: Record<string, unknown>; authorization_params?: Record<string, string> }
  >;
  tags?: Record<string, string>;
  isReconnecting?: true;
  overrides?: Record<string, { docs_connect?: string }>;
  websocketsPath: string;
  /** Pages of other origins may not show the connect page; absent: any may. */
  allowed_origins?: string[];
}

export function toSessionView(session: ConnectSession, websocketsPath: string): SessionView {
  const { allowedIntegrations, defaults, tags, reconnects, overrides, endUser, settings } = session;
  const { ui = {} } = settings;
  return {
    endUser: endUser && toEndUserView(endUser),
    connectUISettings: {
      showWatermark: ui.showWatermark ?? true,
      defaultTheme: ui.defaultTheme ?? 'system',
      theme: {
        light: { primary: ui.primaryLight ?? '#1f5eff' },
        dark: { primary: ui.primaryDark ?? '#7aa2ff' },
      },
    },
    ...(allowedIntegrations && { allowed_integrations: allowedIntegrations }),
    ...(Object.keys(defaults).length > 0 && { integrations_config_defaults: shownDefaults(defaults) }),
    ...(tags && { tags }),
    ...(reconnects !== null && { isReconnecting: true as const }),
    ...(overrides && { overrides }),
    websocketsPath,
    ...(settings.origins && { allowed_origins: settings.origins }),
  };
}

const shownDefaults = (defaults: ConnectSession['defaults']) =>
  Object.fromEntries(
    Object.entries(defaults).map(([key, { connection_config, authorization_params }]) => [
      key,
      { ...(connection_config && { connection_config }), ...(authorization_params && { authorization_params }) },
    ]),
  );
