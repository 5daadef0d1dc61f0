// What went wrong: in the reader's language what it means, then the exact words, which are the server's or the provider's.
import { explainError } from '../explain-error.ts';
import type { Failure } from '../state.ts';
import { fill, type Texts } from '../texts/texts.ts';
import { AlertIcon } from './icons.tsx';

interface FailureProps {
  failure: Failure;
  name: string;
  texts: Texts;
}

export function FailureBox({ failure, name, texts }: FailureProps) {
  return (
    <div class="failure" role="alert" tabIndex={-1} data-said>
      <AlertIcon />
      <div>
        <p>{fill(texts[explainError(failure.code, failure.words)], { name })}</p>
        <Words failure={failure} />
      </div>
    </div>
  );
}

/** In English, mostly, whatever the page speaks. */
export const Words = ({ failure: { words } }: { failure: Failure }) =>
  words === '' ? null : (
    <p class="words" lang="en" dir="auto">
      {words}
    </p>
  );

export const NewTab = ({ texts }: { texts: Texts }) => <span class="unseen"> {texts.newTab}</span>;
