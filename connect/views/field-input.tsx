// One field: label, help, the input between what stands around it, what is wrong with it.
import { useState } from 'preact/hooks';
import type { Field } from '../server.ts';
import { fill, type Texts } from '../texts/texts.ts';
import { trimPasted } from '../trim-pasted.ts';
import { NewTab } from './failure-box.tsx';
import { EyeIcon } from './icons.tsx';

export interface FieldInputProps {
  id: string;
  field: Field;
  title: string;
  texts: Texts;
  value: string;
  fault: string | undefined;
  isDisabled: boolean;
  onValue(value: string): void;
  onLeave(): void;
}

export function FieldInput(props: FieldInputProps) {
  const { id, field, title, texts, value, fault } = props;
  const { description, example, help, prefix, suffix, warnings, required, secret, multiline } = field;
  const [isShown, setShown] = useState(false);
  const warning = warnings?.[value];
  const said = [
    fault && `${id}-fault`,
    (description || (example && (prefix || suffix))) && `${id}-help`,
    warning && `${id}-warning`,
  ];
  const hint = example ? fill(texts.example, { example: `${prefix ?? ''}${example}${suffix ?? ''}` }) : '';
  return (
    <div class="field">
      <div class="label">
        <label for={id}>
          {title}
          {!required && <span class="optional"> ({texts.optional})</span>}
        </label>
        {help && (
          <a href={help} target="_blank" rel="noreferrer">
            {texts.where}
            <NewTab texts={texts} />
          </a>
        )}
      </div>
      {/* An address reads from the left, whatever stands around it. */}
      <div class={`box${fault ? ' wrong' : ''}`} dir={prefix || suffix ? 'ltr' : undefined}>
        {prefix && <Affix text={prefix} />}
        <Control {...props} isHidden={secret && !isShown} describedBy={said.filter(Boolean).join(' ')} />
        {suffix && <Affix text={suffix} />}
        {secret && (
          <button
            type="button"
            class="icon"
            aria-label={`${isShown ? texts.hide : texts.show}: ${title}`}
            aria-pressed={isShown}
            onClick={() => setShown(!isShown)}
          >
            <EyeIcon isOpen={isShown} />
          </button>
        )}
      </div>
      {fault && (
        <p class="fault" id={`${id}-fault`}>
          {fault} {!multiline && hint}
        </p>
      )}
      {(description || (hint && (prefix || suffix))) && (
        <p class="help" id={`${id}-help`} dir="auto">
          {description} {!fault && (prefix || suffix) && hint}
        </p>
      )}
      {warning && (
        <p class="warning" id={`${id}-warning`}>
          {warning}
        </p>
      )}
    </div>
  );
}

/** Part of what is entered as one reads it, no part of the value. */
const Affix = ({ text }: { text: string }) => <span class="affix">{text}</span>;

interface ControlProps extends FieldInputProps {
  isHidden: boolean;
  describedBy: string;
}

function Control({
  id,
  field,
  value,
  fault,
  isDisabled,
  isHidden,
  describedBy,
  texts,
  onValue,
  onLeave,
}: ControlProps) {
  const shared = {
    id,
    name: id,
    readOnly: isDisabled,
    required: field.required,
    'aria-invalid': fault !== undefined,
    ...(describedBy !== '' && { 'aria-describedby': describedBy }),
    onBlur: onLeave,
  };
  if (field.enum) {
    const { readOnly: _, ...rest } = shared;
    return (
      <select
        {...rest}
        disabled={isDisabled}
        value={value}
        onChange={({ currentTarget }) => onValue(currentTarget.value)}
      >
        {(value === '' || !field.required) && <option value="">{field.required ? texts.choose : '–'}</option>}
        {field.enum.map((option) => (
          <option key={option} value={option}>
            {option}
          </option>
        ))}
      </select>
    );
  }
  const typing = {
    ...shared,
    value,
    dir: 'ltr' as const,
    autocomplete: 'off',
    autocapitalize: 'off' as const,
    autocorrect: 'off',
    spellcheck: false,
    'data-1p-ignore': true,
    'data-lpignore': 'true',
    placeholder: field.secret ? undefined : field.example,
    onInput: ({ currentTarget }: { currentTarget: { value: string } }) => onValue(currentTarget.value),
    onPaste(event: ClipboardEvent & { currentTarget: HTMLInputElement | HTMLTextAreaElement }) {
      const { selectionStart, selectionEnd, value: old } = event.currentTarget;
      const isWhole = (selectionStart ?? 0) === 0 && (selectionEnd ?? 0) === old.length;
      const text = event.clipboardData?.getData('text') ?? '';
      if (!isWhole || text === '' || isDisabled) return;
      event.preventDefault();
      onValue(trimPasted(field, text));
    },
  };
  if (field.multiline) return <textarea {...typing} rows={4} class={isHidden ? 'masked' : ''} />;
  return isHidden ? <input {...typing} type="password" /> : <input {...typing} type="text" />;
}
