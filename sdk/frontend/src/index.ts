// The browser's side of connecting an account.
export {};
