// The few icons, drawn here: nothing is loaded from anywhere.
import type { ComponentChildren } from 'preact';

const Icon = ({ children, size = 20 }: { children: ComponentChildren; size?: number }) => (
  <svg
    width={size}
    height={size}
    viewBox="0 0 24 24"
    fill="none"
    stroke="currentColor"
    stroke-width="2"
    stroke-linecap="round"
    stroke-linejoin="round"
    aria-hidden="true"
    focusable="false"
  >
    {children}
  </svg>
);

export const CloseIcon = () => (
  <Icon>
    <path d="M6 6l12 12M18 6L6 18" />
  </Icon>
);

/** Points to where one came from, in either direction of writing. */
export const BackIcon = () => (
  <span class="directed">
    <Icon>
      <path d="M15 5l-7 7 7 7" />
    </Icon>
  </span>
);

export const NextIcon = () => (
  <span class="directed faint">
    <Icon size={16}>
      <path d="M9 5l7 7-7 7" />
    </Icon>
  </span>
);

export const SearchIcon = () => (
  <Icon size={18}>
    <circle cx="11" cy="11" r="7" />
    <path d="M20 20l-4-4" />
  </Icon>
);

export const CheckIcon = () => (
  <Icon size={32}>
    <path d="M5 12.5l4.5 4.5L19 7.5" />
  </Icon>
);

export const AlertIcon = ({ size = 20 }: { size?: number }) => (
  <Icon size={size}>
    <circle cx="12" cy="12" r="9" />
    <path d="M12 7.5v5.5M12 16.3v.2" />
  </Icon>
);

export const WindowIcon = () => (
  <Icon size={32}>
    <rect x="3" y="5" width="18" height="14" rx="2" />
    <path d="M3 9.5h18M6.2 7.3v.1" />
  </Icon>
);

export const EyeIcon = ({ isOpen }: { isOpen: boolean }) => (
  <Icon size={18}>
    <path d="M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12z" />
    <circle cx="12" cy="12" r="3" />
    {!isOpen && <path d="M4 20L20 4" />}
  </Icon>
);
