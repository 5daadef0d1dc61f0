// Tab goes round inside of the dialog, as long as it is open (WAI-ARIA practices, modal dialog).

const focusable =
  'a[href], button:not([disabled]), input:not([disabled]), select:not([disabled]), textarea:not([disabled]), summary';

export function trapFocus(dialog: HTMLElement, event: KeyboardEvent): void {
  const all = [...dialog.querySelectorAll<HTMLElement>(focusable)].filter((element) => element.offsetParent !== null);
  const [first, last] = [all[0], all.at(-1)];
  const active = document.activeElement;
  if (!first || !last) return; // nothing to go to
  const isOutside = !dialog.contains(active);
  if (
    event.shiftKey
      ? isOutside || active === first || (active !== null && comesBefore(active, first))
      : isOutside || active === last
  ) {
    event.preventDefault();
    (event.shiftKey ? last : first).focus();
  }
}

/** A title that has the focus is in front of everything that Tab reaches. */
const comesBefore = (one: Element, other: Element): boolean =>
  (one.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING) !== 0;
