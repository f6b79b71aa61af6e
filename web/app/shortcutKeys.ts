/** Single-key shortcuts can be switched off (WCAG 2.1.4); the choice holds while the tab is open. */
let on = true;

export function shortcutsAreOn(): boolean {
  return on;
}

export function switchShortcuts(to: boolean): void {
  on = to;
}

/** True where a key belongs to what has the focus and not to the page. */
export function isTyping(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey) return true;
  return event.target instanceof Element && event.target.closest('input, textarea, select, dialog') !== null;
}
