// What others said of an item, question by question, where they differ first to be seen.

import type {Opinion, ReviewItemView, ReviewJudgement} from '../../../gen/assay/v1/review_pb';
import {answersIn} from '../../api/review.ts';
import type {Question, WorkspaceItem} from '../../model/judging.ts';
import {Section} from '../../ui/layout.tsx';
import {Said, Text} from '../../ui/text.tsx';
import {useInWords} from './suggestion.tsx';

interface Column {
  title: string;
  answers: Map<string, string[]>;
  errors: string[];
  rationale: string;
  notes: string[];
}

function columnOf(title: string, opinion: Opinion | undefined, item: WorkspaceItem, of?: ReviewJudgement): Column {
  return {
    title,
    answers: answersIn(opinion, item),
    errors: opinion?.errors ?? [],
    rationale: of?.content?.rationale ?? '',
    notes: [
      ...(of?.content?.clauses.length ? [`rests on § ${of.content.clauses.join(', § ')}`] : []),
      ...(of?.content?.isAmbiguous ? ['found the guideline unclear'] : []),
      ...(of?.content?.proposal ? [`proposes: ${of.content.proposal}`] : []),
      ...(of?.content?.isSevere ? ['flagged harm of severity 1'] : []),
      ...useInWords(of?.content?.suggestion),
    ],
  };
}

function counting(view: ReviewItemView): ReviewJudgement[] {
  return view.judgements.filter((each) => !each.isVoid && !each.isSuperseded && each.epoch === view.item?.epoch);
}

interface Props {
  view: ReviewItemView;
  item: WorkspaceItem;
  questions: Question[];
  withDecision?: boolean;
  isAnonymous?: boolean; // who decides between people should not know who they are
}

export function Others({view, item, questions, withDecision = false, isAnonymous = false}: Props) {
  const columns = counting(view).map((each, at) =>
    columnOf(each.isMine ? 'You' : (!isAnonymous && each.person) || `person ${at + 1}`, each.content?.opinion, item, each),
  );
  const decision = view.decisions.find(({isActive}) => isActive);
  if (withDecision && decision) columns.push(columnOf('Decision', decision.outcome, item));
  if (columns.length === 0) return null;
  const titleOf = (question: Question, values: string[] | undefined): string =>
    values?.map((value) => question.options.find((option) => option.value === value)?.title ?? value).join(', ') ?? '–';
  const errorsOf = ({errors}: Column): string => errors.join(', ') || 'none named';
  return (
    <Section title="What was said" says="Rows in which people differ are marked.">
      <div class="table">
        <table>
          <caption class="unseen">Judgements beside each other</caption>
          <thead>
            <tr>
              <th scope="col">Question</th>
              {columns.map(({title}) => (
                <th key={title} scope="col">
                  <Said text={title} />
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {questions.map((question) => (
              <Row key={question.id} title={question.title} cells={columns.map(({answers}) => titleOf(question, answers.get(question.id)))} />
            ))}
            <Row title="Errors" cells={columns.map(errorsOf)} />
          </tbody>
        </table>
      </div>
      <div class="beside">
        {columns
          .filter(({rationale, notes}) => rationale !== '' || notes.length > 0)
          .map(({title, rationale, notes}) => (
            <section key={title} aria-label={title}>
              <h3>
                <Said text={title} />
              </h3>
              {rationale && <Text text={rationale} label={`Why, by ${title}`} />}
              {notes.map((note) => (
                <p key={note} class="soft small">
                  <Said text={note} />
                </p>
              ))}
            </section>
          ))}
      </div>
    </Section>
  );
}

function Row({title, cells}: {title: string; cells: string[]}) {
  const differ = new Set(cells).size > 1;
  return (
    <tr class={differ ? 'differ' : ''}>
      <th scope="row">
        {differ && <span aria-hidden="true">≠ </span>}
        <Said text={title} />
        {differ && <span class="unseen">, they differ</span>}
      </th>
      {cells.map((cell, at) => (
        <td key={at}>
          <Said text={cell} />
        </td>
      ))}
    </tr>
  );
}
