// What may be done with an item beside judging it: what its state and the roles of who is here permit, each with its reason.

import {useState} from 'preact/hooks';
import {ApprovalState_Value, ReviewChange_Value, ReviewRole_Value, ReviewState_Value, type ReviewItemView, type ReviewRole_Value as Role} from '../../../gen/assay/v1/review_pb';
import {guidelineAt} from '../../api/addresses.ts';
import {patience, reviews} from '../../api/client.ts';
import {Lacking} from '../../api/errors.ts';
import {actionFrom, causes, dues, lanes, noFields, type ActionFields} from '../../api/itemactions.ts';
import {useKept, type KeptFields} from '../../api/kept.ts';
import {dateOf} from '../../api/read.ts';
import {opinionInWords} from '../../api/review.ts';
import {useAction, useCall} from '../../api/use.ts';
import {moment} from '../../model/format.ts';
import {actionsFor, type ItemAction} from '../../model/itemactions.ts';
import {Form, Input, Select} from '../../ui/form.tsx';
import {Section} from '../../ui/layout.tsx';
import {Await} from '../../ui/notes.tsx';
import {Said} from '../../ui/text.tsx';

export const rolesInWords = (roles: readonly Role[]): string[] => roles.map((role) => ReviewRole_Value[role] ?? '');

const counting = ({judgements}: ReviewItemView) => judgements.filter((each) => !each.isVoid && !each.isSuperseded);

interface Props {
  view: ReviewItemView;
  person: string;
  roles: readonly Role[];
  onDone: () => void;
}

export function ItemActions({view, person, roles, onDone}: Props) {
  const [chosen, setChosen] = useState('');
  const [says, setSays] = useState('');
  const state = ReviewState_Value[view.item?.state ?? 0] ?? '';
  const offered = actionsFor(
    {state, hasJudgements: counting(view).length > 0, isAwaiting: view.awaitedClarification !== '', hasFlag: view.hasSevereFlag},
    rolesInWords(roles),
  );
  const action = offered.find(({name}) => name === chosen);
  if (offered.length === 0) return null;
  return (
    <Section title="What can be done with it" says="Each is kept with its reason, and by whom.">
      <div class="row" role="group" aria-label="Actions">
        {offered.map(({name, title}) => (
          <button
            key={name}
            type="button"
            class="button"
            aria-expanded={name === chosen}
            onClick={() => {
              setSays('');
              setChosen(name === chosen ? '' : name);
            }}
          >
            {title}
          </button>
        ))}
      </div>
      <p class="soft small" role="status">{says}</p>
      {action && (
        <One
          key={action.name}
          {...{action, view, person}}
          onDone={() => {
            setChosen('');
            setSays(`${action.title}: done.`);
            onDone();
          }}
        />
      )}
    </Section>
  );
}

interface OneProps {
  action: ItemAction;
  view: ReviewItemView;
  person: string;
  onDone: () => void;
}

function One({action, view, person, onDone}: OneProps) {
  const item = view.item?.id ?? '';
  const start = {...noFields, judgement: counting(view)[0]?.id ?? '', clarification: view.awaitedClarification};
  const kept = useKept(person, `act.${action.name}.${item}`, start);
  const [key] = useState(() => crypto.randomUUID());
  const act = useAction(async () => {
    const {reason, ...fields} = kept.now;
    if (asksReason(action) && reason.trim() === '') throw new Lacking('it needs a reason, for whoever looks at the item later');
    await reviews.actOnItem({item, key, action: actionFrom(action.name, {reason: reason.trim(), ...fields}, new Date())}, {timeoutMs: patience});
    kept.forget();
    onDone();
  });
  return (
    <div class="card section">
      <p class="soft">{action.says}</p>
      <Form label={action.title} submit={action.does} action={act} failed="It was not done">
        <Fields action={action} view={view} kept={kept} />
        {asksReason(action) && <Input label="Reason" value={kept.now.reason} onChange={(reason) => kept.change({reason})} width="26rem" />}
      </Form>
    </div>
  );
}

const asksReason = ({name}: ItemAction): boolean => name !== 'await_guideline' && name !== 'guideline_arrived' && name !== 'advance_rubric';

type Kept = KeptFields<keyof ActionFields>;

function Fields({action: {name}, view, kept}: {action: ItemAction; view: ReviewItemView; kept: Kept}) {
  const {now, change} = kept;
  switch (name) {
    case 'reopen':
      return <Select label="Because of" value={now.cause} onChange={(cause) => change({cause})} options={causes} />;
    case 'void_judgement':
      return (
        <Select
          label="Judgement"
          value={now.judgement}
          onChange={(judgement) => change({judgement})}
          options={counting(view).map((each, at): [string, string] => [each.id, `${each.person || `person ${at + 1}`}, ${dateOf(each.at) ? moment(dateOf(each.at) as Date) : ''}: ${opinionInWords(each.content?.opinion)}`.slice(0, 90)])}
        />
      );
    case 'change_lane':
      return <LaneFields kept={kept} />;
    case 'await_guideline':
    case 'guideline_arrived':
      return <Clarifications rubric={view.item?.rubric ?? ''} kept={kept} />;
    case 'advance_rubric':
      return <Versions view={view} kept={kept} />;
    default:
      return null;
  }
}

export function LaneFields({kept: {now, change}}: {kept: KeptFields<'lane' | 'dueIn'>}) {
  return (
    <>
      <Select label="Lane" value={now.lane} onChange={(lane) => change({lane})} options={lanes} />
      <Select label="Due" value={now.dueIn} onChange={(dueIn) => change({dueIn})} options={dues} />
    </>
  );
}

function Clarifications({rubric, kept: {now, change}}: {rubric: string; kept: Kept}) {
  const loaded = useCall(`open questions of ${rubric}`, async (signal) => {
    const {clarifications} = await reviews.listClarifications({rubric}, {signal, timeoutMs: patience});
    return clarifications.filter(({id, closedAt}) => id !== '' && (closedAt === undefined || id === now.clarification));
  });
  return (
    <Await of={loaded} what="The open questions">
      {(open) =>
        open.length === 0 && now.clarification === '' ? (
          <p>
            No question of this guideline is open: <a href={guidelineAt(rubric)}>open one at its clause</a> first.
          </p>
        ) : (
          <Select
            label="Question"
            value={now.clarification}
            onChange={(clarification) => change({clarification})}
            options={[
              ...(now.clarification === '' ? [['', 'choose one'] as [string, string]] : []),
              ...(now.clarification !== '' && !open.some(({id}) => id === now.clarification) ? [[now.clarification, now.clarification] as [string, string]] : []),
              ...open.map(({id, clause}): [string, string] => [id, clause ? `§ ${clause}` : 'no clause']),
            ]}
          />
        )
      }
    </Await>
  );
}

const majorOf = (version: string): string => version.split('.')[0] ?? '';

function Versions({view, kept: {now, change}}: {view: ReviewItemView; kept: Kept}) {
  const {rubric = '', rubricVersion = ''} = view.item ?? {};
  const loaded = useCall(`versions of ${rubric}`, async (signal) => {
    const options = {signal, timeoutMs: patience};
    const [{versions}, {changes}] = await Promise.all([reviews.listRubricVersions({rubric}, options), reviews.listChanges({state: ApprovalState_Value.APPROVED}, options)]);
    return {versions: versions.map(({version}) => version).filter((version) => version !== rubricVersion), approved: changes.filter(({change: each}) => each === ReviewChange_Value.RUBRIC_MAJOR)};
  });
  return (
    <Await of={loaded} what="The versions">
      {({versions, approved}) => {
        if (versions.length === 0)
          return (
            <p>
              <Said text={`${rubric} ${rubricVersion} is the only version that was ever in service.`} />
            </p>
          );
        return (
          <>
            <Select label="To version" value={now.version} onChange={(version) => change({version})} options={[['', 'choose one'], ...versions.map((each): [string, string] => [each, each])]} />
            {now.version !== '' && majorOf(now.version) !== majorOf(rubricVersion) && (
              <Select label="Approval" value={now.approval} onChange={(approval) => change({approval})} options={[['', approved.length > 0 ? 'choose one' : 'none is there: propose the change first'], ...approved.map(({id, subject}): [string, string] => [id, subject.slice(0, 60)])]} />
            )}
            {view.item?.state === ReviewState_Value.DONE && (
              <Select label="It is done" value={now.alsoDone} onChange={(alsoDone) => change({alsoDone})} options={[['', 'then leave it'], ['yes', 'judge it anew all the same']]} />
            )}
          </>
        );
      }}
    </Await>
  );
}
