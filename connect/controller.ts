// What happens when somebody does something: the steps from a token to a connected account. Knows the server, the frame around the
// page and the popup; draws nothing.
import { idOf, renderValues, shownFields } from './check-field.ts';
import { endsSession } from './explain-error.ts';
import type { Frame } from './frame.ts';
import { makeClientId, openPopup, type PopupFlow, startPopupFlow } from './popup-flow.ts';
import { type Connected, type Integration, type Outcome, Refusal, type Server } from './server.ts';
import { type EndReason, type Failure, initialState, type Screen, type State, typedOf } from './state.ts';

export interface ControllerOptions {
  frame: Frame;
  connectTo(token: string): Server;
  watchesPopup: boolean;
  onState(state: State): void;
}

export type Controller = ReturnType<typeof createController>;

export function createController({ frame, connectTo, watchesPopup, onState }: ControllerOptions) {
  let state = initialState;
  let server: Server | undefined;
  let flow: PopupFlow | undefined;
  /** Answers that arrive after somebody has gone elsewhere are dropped. */
  let turn = 0;

  const set = (change: Partial<State>) => {
    state = { ...state, ...change };
    onState(state);
  };
  const go = (screen: Screen, change: Partial<State> = {}) => set({ ...change, screen });
  const end = (why: EndReason) => go({ at: 'over', why });

  function leave(): number {
    flow?.stop();
    flow = undefined;
    turn += 1;
    return turn;
  }

  async function open(token: string): Promise<void> {
    const mine = leave();
    server = connectTo(token);
    set(initialState);
    try {
      const [session, integrations] = await Promise.all([server.session(), server.integrations()]);
      if (mine !== turn) return;
      frame.tell({ type: 'settings_changed', payload: session.connectUISettings });
      set({ session, integrations });
      if (!isWelcome(session.allowed_origins)) return end('foreign');
      const [only] = integrations;
      if (!only) return end('empty');
      if (integrations.length === 1) choose(only);
      else go({ at: 'list' });
    } catch (cause) {
      if (mine !== turn) return;
      const { code, words } = failureOf(cause);
      tellError({ code, words });
      end(endsSession(code) ? 'ended' : 'unreachable');
    }
  }

  /** A page of the app's own is around us, or none at all. */
  function isWelcome(allowed: string[] | undefined): boolean {
    if (!frame.isEmbedded || !allowed) return true;
    const around = frame.parentOrigin();
    return around !== undefined && [frame.origin, ...allowed].includes(around);
  }

  function choose(chosen: Integration): void {
    leave();
    go({ at: 'form', isBusy: false }, { chosen, faults: {} });
  }

  const tellError = ({ code, words }: Failure) =>
    frame.tell({ type: 'error', payload: { errorType: code, errorMessage: words } });

  /** @param isOnForm shown above what was typed */
  function fail(failure: Failure, isOnForm: boolean): void {
    tellError(failure);
    if (endsSession(failure.code)) end('ended');
    else if (isOnForm) go({ at: 'form', isBusy: false, failure });
    else go({ at: 'failed', failure });
  }

  function succeed({ isPending = false, ...ids }: Connected): void {
    frame.tell({ type: 'connect', payload: { ...ids, ...(isPending && { isPending }) } });
    const kept = Object.entries(state.typed).filter(([key]) => key !== state.chosen?.unique_key);
    go({ at: 'done', isPending }, { typed: Object.fromEntries(kept) }); // a secret stays in the page no longer than needed
  }

  async function send(integration: Integration): Promise<void> {
    const mine = leave();
    const { query, body } = renderValues(integration.form, typedOf(state));
    go({ at: 'form', isBusy: true }, { faults: {} });
    try {
      const connected = await server!.send(integration, query, body);
      if (mine === turn) succeed(connected);
    } catch (cause) {
      if (mine !== turn) return;
      const { faults, failure } = placeErrors(integration, cause, state);
      set({ faults });
      fail(failure, true);
    }
  }

  /** In the click: a browser opens windows at no other time. */
  function goToProvider(integration: Integration): void {
    leave();
    const clientId = makeClientId();
    const { query } = renderValues(integration.form, typedOf(state));
    query.set('ws_client_id', clientId);
    const url = server!.popupUrl(integration, query);
    const isCurrent = () => flow === started;
    const started: PopupFlow = startPopupFlow({
      url,
      socketUrl: server!.socketUrl(state.session!.websocketsPath, clientId),
      readOutcome: () => server!.outcome(clientId),
      watches: watchesPopup,
      on: {
        outcome: (outcome) => isCurrent() && receive(integration, outcome),
        // Heard on, all the same: see there.
        closed: () => isCurrent() && go({ at: 'form', isBusy: false, notice: 'closedNotice' }),
        timedOut: () => isCurrent() && fail({ code: 'timed_out', words: '' }, false),
      },
    });
    flow = started;
    go({ at: 'waiting', url, isBlocked: started.isBlocked }, { faults: {} });
  }

  function receive(integration: Integration, outcome: Outcome): void {
    if (outcome.status === 'error') {
      const { error_type = 'unknown_err', error_desc = '' } = outcome;
      fail({ code: error_type, words: error_desc }, false);
      return;
    }
    const { provider_config_key = integration.unique_key, connection_id = '', is_pending } = outcome;
    succeed({ providerConfigKey: provider_config_key, connectionId: connection_id, isPending: is_pending === true });
  }

  return {
    open: (token: string) => void open(token),
    openNothing: () => end('noToken'),
    choose,
    search: (query: string) => set({ query }),
    back() {
      leave();
      go({ at: 'list' }, { faults: {} });
    },
    type(id: string, value: string) {
      const { [id]: _, ...faults } = state.faults;
      const typed = { ...state.typed, [state.chosen!.unique_key]: { ...typedOf(state), [id]: value } };
      set({ typed, faults });
    },
    submit() {
      const { chosen, screen } = state;
      if (!chosen || (screen.at === 'form' && screen.isBusy)) return;
      if (chosen.form.kind === 'popup') goToProvider(chosen);
      else void send(chosen);
    },
    /** @returns false when the browser should follow the link itself */
    openBlocked(): boolean {
      const { screen } = state;
      if (screen.at !== 'waiting' || !flow) return false;
      const opened = openPopup(screen.url);
      flow.follow(opened);
      go({ ...screen, isBlocked: false });
      return opened !== null;
    },
    showWindow() {
      if (!flow?.show()) this.submit();
    },
    cancel() {
      leave();
      go({ at: 'form', isBusy: false, notice: 'cancelledNotice' });
    },
    retry() {
      leave();
      go({ at: 'form', isBusy: false });
    },
    close() {
      leave();
      frame.tell({ type: 'close' });
    },
    isTouched: () => Object.keys(typedOf(state)).length > 0 || state.screen.at === 'waiting',
  };
}

const failureOf = (cause: unknown): Failure =>
  cause instanceof Refusal ? { code: cause.code, words: cause.message } : { code: 'unknown_err', words: String(cause) };

/** To their fields, where the form has them; the rest is said above it. */
function placeErrors(integration: Integration, cause: unknown, state: State) {
  const { code, words } = failureOf(cause);
  const fields = shownFields(integration.form.fields, typedOf(state));
  const faults: Record<string, string> = {};
  const rest: string[] = words === '' ? [] : [words];
  for (const { message, path } of cause instanceof Refusal ? cause.errors : []) {
    const field = fields.find(({ name }) => name === path.at(-1));
    if (field) faults[idOf(field)] = message;
    else if (message !== '') rest.push(message);
  }
  return { faults, failure: { code, words: rest.join(' ') } };
}
