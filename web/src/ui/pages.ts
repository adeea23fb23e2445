// A list in pages: the tokens of the pages that were passed, so that one can go back.

import {useState} from 'preact/hooks';

export interface Pages {
  token: string;
  page: number;
  next: (token: string) => void;
  before: () => void;
}

// Begins anew when what is listed changes.
export function usePages(of: string): Pages {
  const [kept, setKept] = useState<{of: string; tokens: string[]}>({of, tokens: ['']});
  const tokens = kept.of === of ? kept.tokens : [''];
  return {
    token: tokens.at(-1) ?? '',
    page: tokens.length,
    next: (token) => setKept({of, tokens: [...tokens, token]}),
    before: () => setKept({of, tokens: tokens.length > 1 ? tokens.slice(0, -1) : tokens}),
  };
}
