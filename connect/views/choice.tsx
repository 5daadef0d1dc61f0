// Which service: a list with logos and a search, by mouse or by arrow keys.
import { useRef } from 'preact/hooks';
import { findIntegrations, ownerOf } from '../state.ts';
import { fill } from '../texts/texts.ts';
import type { ViewProps } from './app.tsx';
import { NextIcon, SearchIcon } from './icons.tsx';

export function Choice({ state, texts, controller, logoOf }: ViewProps) {
  const { integrations, query } = state;
  const found = findIntegrations(integrations, query);
  const owner = ownerOf(state);
  const box = useRef<HTMLDivElement>(null);

  function onKeyDown(event: KeyboardEvent): void {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === 'Enter' && event.target instanceof HTMLInputElement && found[0]) {
      event.preventDefault();
      controller.choose(found[0]);
      return;
    }
    if (step === undefined) return;
    event.preventDefault();
    const stops = [...(box.current?.querySelectorAll<HTMLElement>('input, ul button') ?? [])];
    stops[stops.indexOf(document.activeElement as HTMLElement) + step]?.focus();
  }

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: arrow keys move between its own controls, which Tab reaches as well.
    <div ref={box} onKeyDown={onKeyDown}>
      <h1 id="title">{texts.chooseTitle}</h1>
      {owner && <p class="owner">{fill(texts.forWhom, { name: owner })}</p>}
      <p class="lead">{texts.chooseText}</p>
      <div class="search">
        <SearchIcon />
        <input
          type="search"
          data-focus
          aria-label={texts.search}
          placeholder={texts.search}
          autocomplete="off"
          spellcheck={false}
          value={query}
          onInput={({ currentTarget }) => controller.search(currentTarget.value)}
        />
      </div>
      <ul class="choices">
        {found.map((integration) => (
          <li key={integration.unique_key}>
            <button type="button" onClick={() => controller.choose(integration)}>
              <img src={logoOf(integration)} alt="" width="36" height="36" loading="lazy" />
              <span class="name">{integration.display_name}</span>
              <NextIcon />
            </button>
          </li>
        ))}
      </ul>
      <p class={found.length === 0 ? 'nothing' : 'unseen'} role="status">
        {query === ''
          ? ''
          : found.length === 0
            ? fill(texts.nothingFound, { query })
            : fill(texts.found, { count: found.length })}
      </p>
    </div>
  );
}
