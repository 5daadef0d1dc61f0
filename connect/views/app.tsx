// The dialog or page around each screen: its title, its way out, the keyboard, and what is said aloud.
import { useEffect, useRef } from 'preact/hooks';
import type { Controller } from '../controller.ts';
import type { Integration } from '../server.ts';
import type { State } from '../state.ts';
import { fill, type Texts } from '../texts/texts.ts';
import { AccountForm } from './account-form.tsx';
import { Choice } from './choice.tsx';
import { BackIcon, CloseIcon } from './icons.tsx';
import { Done, Failed, Over, Skeleton, Waiting } from './outcomes.tsx';
import { trapFocus } from './trap-focus.ts';

/** Longer than what a card holds anyway. */
const longList = 6;

export interface ViewProps {
  state: State;
  texts: Texts;
  controller: Controller;
  isEmbedded: boolean;
  logoOf(integration: Integration): string;
  onReload: (() => void) | undefined;
}

export function App(props: ViewProps) {
  const { state, texts, controller, isEmbedded } = props;
  const { screen, integrations, session } = state;
  const card = useRef<HTMLDivElement>(null);
  const place = `${screen.at} ${state.chosen?.unique_key ?? ''}`;
  // Somebody who hears the page is put where it goes on.
  useEffect(() => {
    if (screen.at === 'loading') return;
    const find = (what: string) => card.current?.querySelector<HTMLElement>(what);
    (find('[data-said]') ?? find('[data-focus]'))?.focus({ preventScroll: screen.at === 'list' });
    card.current?.scrollTo({ top: 0 });
    document.title = document.getElementById('title')?.textContent ?? document.title;
  }, [place]);

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && isEmbedded) controller.close();
      if (event.key === 'Tab' && isEmbedded && card.current) trapFocus(card.current, event);
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [isEmbedded]);

  const hasBack = integrations.length > 1 && (screen.at === 'form' || screen.at === 'failed');
  const dialog = isEmbedded ? ({ role: 'dialog', 'aria-modal': true, 'aria-labelledby': 'title' } as const) : {};
  const onBackdrop = (event: MouseEvent) => {
    if (isEmbedded && event.target === event.currentTarget && !controller.isTouched()) controller.close();
  };
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape does the same by keyboard.
    <main class="stage" onClick={onBackdrop}>
      <div class={screen.at === 'list' && integrations.length > longList ? 'card list' : 'card'} ref={card} {...dialog}>
        <div class={hasBack || isEmbedded ? 'bar' : 'bar bare'}>
          {hasBack ? (
            <button type="button" class="icon" aria-label={texts.back} onClick={controller.back}>
              <BackIcon />
            </button>
          ) : (
            <span />
          )}
          {isEmbedded && (
            <button type="button" class="icon" aria-label={texts.close} onClick={controller.close}>
              <CloseIcon />
            </button>
          )}
        </div>
        <CurrentScreen {...props} />
        {(session?.connectUISettings.showWatermark ?? true) && <p class="mark">{texts.secured}</p>}
      </div>
      <div class="unseen" role="status" aria-live="polite">
        {said(state, texts)}
      </div>
    </main>
  );
}

function CurrentScreen(props: ViewProps) {
  switch (props.state.screen.at) {
    case 'loading':
      return <Skeleton texts={props.texts} />;
    case 'over':
      return <Over {...props} why={props.state.screen.why} />;
    case 'list':
      return <Choice {...props} />;
    case 'form':
      return <AccountForm key={props.state.chosen?.unique_key} {...props} screen={props.state.screen} />;
    case 'waiting':
      return <Waiting {...props} screen={props.state.screen} />;
    case 'failed':
      return <Failed {...props} failure={props.state.screen.failure} />;
    case 'done':
      return <Done {...props} isPending={props.state.screen.isPending} />;
  }
}

/** Titles are read when they get the focus; this is what changes without it. */
function said({ screen, chosen }: State, texts: Texts): string {
  if (screen.at === 'loading') return texts.loading;
  if (screen.at === 'form' && screen.isBusy) return fill(texts.checking, { name: chosen?.display_name ?? '' });
  return '';
}
