// Before anything is drawn, so that a page in the dark does not flash.
try {
  const chosen = localStorage.getItem('assay.theme');
  if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset.theme = chosen;
} catch {
  // Storage may be switched off; then the system's choice holds.
}
