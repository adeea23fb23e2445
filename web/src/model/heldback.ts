// Changes that assayd keeps out of service until others have approved them, as its catalog says so.

export interface HeldBack {
  subject: string; // "gate release"
  diff: string; // to be proposed exactly so
}

export function heldBackIn(message: string): HeldBack | undefined {
  const diff = /\. Nobody has proposed it\. Its diff is exactly: ((?:gate|queue) .+)$/.exec(message)?.[1];
  return diff === undefined ? undefined : {subject: diff.slice(0, diff.indexOf(', in service since ')), diff};
}
