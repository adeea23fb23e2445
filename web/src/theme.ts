// Light, dark, or as the system has it; public/theme.js reads the choice before anything is drawn.

export type Theme = 'system' | 'light' | 'dark';

const key = 'assay.theme';
const order: Theme[] = ['system', 'light', 'dark'];

export function themeNow(): Theme {
  const chosen = document.documentElement.dataset.theme;
  return chosen === 'light' || chosen === 'dark' ? chosen : 'system';
}

export function nextTheme(): Theme {
  const next = order[(order.indexOf(themeNow()) + 1) % order.length] ?? 'system';
  if (next === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = next;
  try {
    localStorage.setItem(key, next);
  } catch {
    // Without storage it lasts until the page is loaded again.
  }
  return next;
}
