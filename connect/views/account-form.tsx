// One service: what will happen, what has to be entered, and the button.
import { useEffect, useRef, useState } from 'preact/hooks';
import { enteredIn, findFaults, idOf, shownFields } from '../check-field.ts';
import type { Screen } from '../state.ts';
import { ownerOf, typedOf } from '../state.ts';
import { fill } from '../texts/texts.ts';
import type { ViewProps } from './app.tsx';
import { FailureBox, NewTab } from './failure-box.tsx';
import { FieldInput } from './field-input.tsx';

interface AccountFormProps extends ViewProps {
  screen: Extract<Screen, { at: 'form' }>;
}

export function AccountForm({ state, texts, controller, logoOf, screen }: AccountFormProps) {
  const { display_name: name, form, docs, scopes } = state.chosen!;
  const owner = ownerOf(state);
  const typed = typedOf(state);
  const faults = findFaults(form.fields, typed);
  const fields = shownFields(form.fields, typed);
  const isReconnecting = state.session?.isReconnecting === true;
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const body = useRef<HTMLFormElement>(null);

  const { failure, notice, isBusy } = screen;
  // Where it has to be mended: the first field that was refused, else what was said.
  useEffect(() => {
    if (!failure && !notice) return;
    const wrong = body.current?.querySelector<HTMLElement>('[aria-invalid=true]');
    (wrong ?? body.current?.querySelector<HTMLElement>('[data-said]'))?.focus();
  }, [failure, notice]);

  function submit(event: SubmitEvent): void {
    event.preventDefault();
    if (faults.size === 0) {
      controller.submit();
      return;
    }
    setLeft(new Set(fields.map(idOf)));
    const first = fields.find((field) => faults.has(idOf(field)));
    if (first) body.current?.querySelector<HTMLElement>(`#${CSS.escape(idOf(first))}`)?.focus();
  }

  const isPopup = form.kind === 'popup';
  const lead = isPopup ? texts.popupText : fields.length === 0 ? texts.formTextNone : texts.formText;
  return (
    <form ref={body} onSubmit={submit} noValidate aria-busy={isBusy}>
      <img class="logo" src={logoOf(state.chosen!)} alt="" width="56" height="56" />
      <h1 id="title" tabIndex={-1} data-focus>
        {fill(isReconnecting ? texts.reconnectTitle : texts.connectTitle, { name })}
      </h1>
      {owner && <p class="owner">{fill(texts.forWhom, { name: owner })}</p>}
      <p class="lead">{fill(lead, { name })}</p>
      {notice && (
        <p class="notice" role="status" tabIndex={-1} data-said>
          {fill(texts[notice], { name })}
        </p>
      )}
      {failure && <FailureBox failure={failure} name={name} texts={texts} />}
      {isPopup && scopes.length > 0 && (
        <details class="scopes">
          <summary>{texts.scopes}</summary>
          <ul>
            {scopes.map((scope) => (
              <li key={scope}>
                <code>{scope}</code>
              </li>
            ))}
          </ul>
        </details>
      )}
      {fields.map((field) => {
        const id = idOf(field);
        const fault = left.has(id) ? faults.get(id) : undefined;
        const title = field.title ?? texts.fields[field.name] ?? field.name;
        return (
          <FieldInput
            key={id}
            id={id}
            field={field}
            title={title}
            texts={texts}
            value={enteredIn(field, typed)}
            isDisabled={isBusy}
            fault={fault ? fill(texts[fault], { title }) : state.faults[id]}
            onValue={(value) => controller.type(id, value)}
            onLeave={() => setLeft(new Set([...left, id]))}
          />
        );
      })}
      <button type="submit" class="primary" aria-disabled={isBusy}>
        {isBusy && <span class="spinner" aria-hidden="true" />}
        {isBusy ? texts.connecting : isReconnecting ? texts.reconnect : texts.connect}
      </button>
      {docs && (
        <p class="docs">
          <a href={docs} target="_blank" rel="noreferrer">
            {fill(texts.docs, { name })}
            <NewTab texts={texts} />
          </a>
        </p>
      )}
    </form>
  );
}
