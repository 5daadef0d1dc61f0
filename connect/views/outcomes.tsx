// The screens without a form: waiting for the provider's window, done, not done, nothing to be done.

import { explainError } from '../explain-error.ts';
import type { EndReason, Failure, Screen } from '../state.ts';
import { fill, type Texts } from '../texts/texts.ts';
import type { ViewProps } from './app.tsx';
import { Words } from './failure-box.tsx';
import { AlertIcon, CheckIcon, WindowIcon } from './icons.tsx';

export const Skeleton = ({ texts }: { texts: Texts }) => (
  <div class="skeleton">
    <h1 id="title" class="unseen">
      {texts.loading}
    </h1>
    <span class="disc" />
    <span class="line" />
    <span class="line short" />
    <span class="line tall" />
    <span class="line tall" />
  </div>
);

const Title = ({ children }: { children: string }) => (
  <h1 id="title" tabIndex={-1} data-focus>
    {children}
  </h1>
);

export function Waiting({
  state,
  texts,
  controller,
  screen,
}: ViewProps & { screen: Extract<Screen, { at: 'waiting' }> }) {
  const { display_name: name } = state.chosen!;
  const { isBlocked, url } = screen;
  return (
    <div class="outcome">
      <span class={isBlocked ? 'badge warn' : 'badge live'}>
        <WindowIcon />
      </span>
      <Title>{isBlocked ? texts.blockedTitle : fill(texts.waitingTitle, { name })}</Title>
      <p class="lead">{isBlocked ? texts.blockedText : texts.waitingText}</p>
      {isBlocked ? (
        <a
          class="primary"
          href={url}
          target="_blank"
          rel="noopener opener"
          onClick={(event) => controller.openBlocked() && event.preventDefault()}
        >
          {fill(texts.openWindow, { name })}
        </a>
      ) : (
        <button type="button" class="primary" onClick={() => controller.showWindow()}>
          {texts.showWindow}
        </button>
      )}
      <button type="button" class="plain" onClick={controller.cancel}>
        {texts.cancel}
      </button>
    </div>
  );
}

export function Failed({ state, texts, controller, failure }: ViewProps & { failure: Failure }) {
  const { display_name: name } = state.chosen!;
  return (
    <div class="outcome">
      <span class="badge bad">
        <AlertIcon size={32} />
      </span>
      <Title>{fill(texts.failedTitle, { name })}</Title>
      <p class="lead">{fill(texts[explainError(failure.code, failure.words)], { name })}</p>
      {failure.words !== '' && (
        <div class="quote">
          <p>{texts.said}</p>
          <Words failure={failure} />
        </div>
      )}
      <button type="button" class="primary" onClick={controller.retry}>
        {texts.tryAgain}
      </button>
      <p class="code">{fill(texts.errorCode, { code: failure.code })}</p>
    </div>
  );
}

export function Done({ state, texts, controller, isEmbedded, isPending }: ViewProps & { isPending: boolean }) {
  const { display_name: name } = state.chosen!;
  return (
    <div class="outcome">
      <span class="badge good">
        <CheckIcon />
      </span>
      <Title>{texts.doneTitle}</Title>
      <p class="lead">{fill(isPending ? texts.pendingText : texts.doneText, { name })}</p>
      {isEmbedded ? (
        <button type="button" class="primary" onClick={controller.close}>
          {texts.finish}
        </button>
      ) : (
        <p class="lead">{texts.mayClose}</p>
      )}
    </div>
  );
}

const reasons: Record<EndReason, [title: keyof Texts, text: keyof Texts]> = {
  ended: ['endedTitle', 'endedText'],
  noToken: ['noTokenTitle', 'noTokenText'],
  unreachable: ['unreachableTitle', 'unreachable'],
  empty: ['emptyTitle', 'emptyText'],
  foreign: ['foreignTitle', 'foreignText'],
};

export function Over({ texts, why, onReload }: ViewProps & { why: EndReason }) {
  const [title, text] = reasons[why];
  return (
    <div class="outcome">
      <span class="badge warn">
        <AlertIcon size={32} />
      </span>
      <Title>{texts[title] as string}</Title>
      <p class="lead">{texts[text] as string}</p>
      {why === 'unreachable' && onReload && (
        <button type="button" class="primary" onClick={onReload}>
          {texts.tryAgain}
        </button>
      )}
    </div>
  );
}
