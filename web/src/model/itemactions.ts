// What leads and others do with an item beside judging it, who may, and in which states. The daemon decides; this is what
// the page offers. tests/web/itemactions.test.ts holds it against the daemon's own table.

export type ItemActionName =
  | 'order_audit'
  | 'reopen'
  | 'void_judgement'
  | 'change_lane'
  | 'await_guideline'
  | 'guideline_arrived'
  | 'advance_rubric'
  | 'flag_severe'
  | 'quarantine'
  | 'cancel';

export interface ItemAction {
  name: ItemActionName;
  title: string;
  does: string; // on the button that does it
  says: string;
  from: readonly string[]; // states
  roles: readonly string[]; // one of them; none: whoever has a role
}

const all = ['QUEUED', 'LEASED', 'PARTIAL', 'ADJUDICATION', 'DECIDED', 'AUDIT', 'REWORK', 'DONE', 'ESCALATED', 'BLOCKED', 'QUARANTINED', 'CANCELLED'];
const allBut = (...states: string[]): string[] => all.filter((each) => !states.includes(each));

export const itemActions: readonly ItemAction[] = [
  {name: 'order_audit', title: 'Order an audit', does: 'Order it', says: 'An auditor looks at the decision, whatever the draw said.', from: ['DECIDED', 'DONE'], roles: ['LEAD']},
  {name: 'reopen', title: 'Reopen', does: 'Reopen it', says: 'It is judged again, and then audited. A verdict that used it gets one that supersedes it.', from: ['DECIDED', 'AUDIT', 'DONE'], roles: ['LEAD']},
  {name: 'void_judgement', title: 'Void a judgement', does: 'Void it', says: 'It stays to be read and counts no more; what rested on it is settled anew.', from: allBut('QUARANTINED', 'CANCELLED'), roles: ['LEAD', 'AUDITOR']},
  {name: 'change_lane', title: 'Change lane', does: 'Change it', says: 'It goes before others, or no longer does.', from: allBut('DONE', 'QUARANTINED', 'CANCELLED'), roles: ['LEAD']},
  {name: 'await_guideline', title: 'Wait for a guideline', does: 'Let it wait', says: 'Nobody is given it until the question is answered.', from: allBut('DONE', 'QUARANTINED', 'CANCELLED', 'BLOCKED'), roles: ['LEAD']},
  {name: 'guideline_arrived', title: 'The guideline is there', does: 'Let it go on', says: 'It goes on where it was.', from: ['BLOCKED', 'ESCALATED'], roles: ['LEAD']},
  {name: 'advance_rubric', title: 'Advance the rubric', does: 'Advance it', says: 'It is judged by another version. A major one needs the approval of a peer and a lead, and does with what was said what its queue says.', from: allBut('QUARANTINED', 'CANCELLED'), roles: ['LEAD']},
  {name: 'flag_severe', title: 'Flag severity 1', does: 'Flag it', says: 'It goes before everything else, and holds the release until an adjudicator has decided. What was done is open again.', from: allBut('QUARANTINED', 'CANCELLED'), roles: []},
  {name: 'quarantine', title: 'Withhold it', does: 'Withhold it', says: 'For personal data or a secret: from now on nobody is shown it but those who protect data.', from: allBut('QUARANTINED'), roles: []},
  {name: 'cancel', title: 'Cancel', does: 'Take it out', says: 'What was said of it stays and does not count.', from: allBut('CANCELLED'), roles: ['LEAD', 'SUITE_OWNER', 'MANAGER']},
];

export interface ItemNow {
  state: string;
  hasJudgements: boolean; // that count, to be seen
  isAwaiting: boolean; // a guideline
  hasFlag: boolean;
}

export function actionsFor({state, hasJudgements, isAwaiting, hasFlag}: ItemNow, roles: readonly string[]): ItemAction[] {
  if (roles.length === 0) return [];
  const isOf = ({name}: ItemAction): boolean =>
    (name !== 'void_judgement' || hasJudgements) && (name !== 'guideline_arrived' || isAwaiting) && (name !== 'flag_severe' || !hasFlag);
  return itemActions.filter((each) => each.from.includes(state) && (each.roles.length === 0 || each.roles.some((role) => roles.includes(role))) && isOf(each));
}

export const actionOf = (name: string): ItemAction | undefined => itemActions.find((each) => each.name === name);

// Of many items at once.
export const bulkActions: readonly ItemActionName[] = ['change_lane', 'reopen', 'cancel'];
export const mostAtOnce = 500;
const atATime = 4;

export interface Missed {
  item: string;
  why: string;
}

// One after the other, a few at a time; what fails is told, and the rest goes on. Ends early where `isStopped` says so.
export async function forEach(items: readonly string[], work: (item: string) => Promise<void>, onDone: (done: number, missed: readonly Missed[]) => void, isStopped: () => boolean): Promise<void> {
  let next = 0;
  let done = 0;
  const missed: Missed[] = [];
  const go = async (): Promise<void> => {
    for (let item = items[next++]; item !== undefined && !isStopped(); item = items[next++]) {
      try {
        await work(item);
      } catch (cause) {
        missed.push({item, why: cause instanceof Error ? cause.message : String(cause)});
      }
      done += 1;
      onDone(done, [...missed]);
    }
  };
  await Promise.all(Array.from({length: atATime}, go));
}
